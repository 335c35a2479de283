import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { JsonEvent } from '../../main/json-events.ts';
import { type AppProcess, newDataDir, removeDataDirs, startAppProcess } from '../support/app-process.ts';
import { launchChromium, readFrameNumber, watchErrors } from '../support/browser.ts';
import { writeCameraFile } from '../support/camera-file.ts';
import { stopPrograms } from '../support/processes.ts';
import { sleep, waitFor } from '../support/wait.ts';

/** Two apps in processes of their own, their windows in one Chromium: people who call each other. */

let browser: Browser;
const contexts: BrowserContext[] = [];
const errors: string[] = [];

beforeAll(async () => {
  const cameraFile = join(newDataDir(), 'camera.y4m');
  writeCameraFile(cameraFile);
  browser = await launchChromium({ cameraFile });
}, 60_000);

afterEach(async () => {
  for (const context of contexts.splice(0)) await context.close();
  await stopPrograms();
  expect(errors.splice(0)).toEqual([]);
});

afterAll(async () => {
  await browser?.close();
  removeDataDirs();
});

async function openWindow(app: AppProcess): Promise<Page> {
  const context = await browser.newContext({ permissions: ['camera', 'microphone'] });
  contexts.push(context);
  const page = await context.newPage();
  const seen = watchErrors(page);
  page.on('close', () => errors.push(...seen));
  page.on('dialog', (dialog) => void dialog.accept());
  await page.addInitScript(countCaptures);
  await page.goto(app.ready.url);
  return page;
}

/** Counts what the page asked of cameras and microphones. */
function countCaptures(): void {
  const { mediaDevices } = navigator;
  const open = mediaDevices.getUserMedia.bind(mediaDevices);
  Object.assign(window, { captures: [] });
  mediaDevices.getUserMedia = (constraints) => {
    (window as unknown as { captures: unknown[] }).captures.push(constraints);
    return open(constraints);
  };
}

function captures(page: Page): Promise<MediaStreamConstraints[]> {
  return page.evaluate(() => (window as unknown as { captures: MediaStreamConstraints[] }).captures);
}

function callIs(page: Page, state: string, timeoutMs = 20_000): Promise<void> {
  return page.locator(`[data-testid="call"][data-state="${state}"]`).waitFor({ timeout: timeoutMs });
}

/** The other's picture moves and the other's voice is heard. */
async function expectTalking(page: Page, durationMs: number): Promise<void> {
  const frames = new Set<number>();
  let loudest = 0;
  const end = performance.now() + durationMs;
  while (performance.now() < end) {
    const frame = await readFrameNumber(page, 'call-remote');
    if (frame !== null) frames.add(frame);
    const level = await page.evaluate(
      () => document.querySelector('[data-testid=call-level]')?.getAttribute('data-level') ?? '0',
    );
    loudest = Math.max(loudest, Number(level));
    await sleep(60);
  }
  // Two windows encode and decode 720p in software, on whatever machine this is: moving is what counts.
  expect(frames.size).toBeGreaterThan(durationMs / 1_000);
  expect(loudest).toBeGreaterThan(0.001);
}

function lastCall({ events }: AppProcess): Extract<JsonEvent, { event: 'call' }> | undefined {
  return events.filter((event) => event.event === 'call').at(-1);
}

/** One who waits for calls, and the ticket to call. */
async function waiting(): Promise<{ a: AppProcess; as: Page; ticket: string }> {
  const a = await startAppProcess({ args: ['--autostart', 'call'] });
  const as = await openWindow(a);
  const { ticket, name } = await a.event('live');
  expect(name).toBe('call');
  expect((await as.getByTestId('call-ticket').textContent())?.trim()).toBe(ticket);
  return { a, as, ticket };
}

/**
 * Both windows stand in one room, so to say: their fake microphones beep alike, and what one plays is what the other's
 * echo cancellation takes away.
 */
async function withoutEchoCancellation(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Settings' }).click();
  await page.getByTestId('sound-echoCancellation').uncheck();
  await page.getByRole('button', { name: 'Close' }).click();
}

describe('two people call each other', () => {
  it('ring, accept with video, see and hear each other, mute, hang up, and call again', async () => {
    const { a, as, ticket } = await waiting();
    await withoutEchoCancellation(as);
    const b = await startAppProcess();
    const bs = await openWindow(b);
    await withoutEchoCancellation(bs);
    await bs.getByTestId('call-start').click();
    await bs.getByTestId('call-input').fill(ticket);
    await bs.getByTestId('call-dial').click();
    await bs.getByTestId('ringing').waitFor();
    const dialog = as.getByTestId('ringing');
    await dialog.waitFor();
    expect(await dialog.getAttribute('data-direction')).toBe('in');
    expect(await dialog.textContent()).toContain(`id ${b.ready.endpointId.slice(0, 10)}…`);
    // Nobody's camera or microphone is on before the answer.
    expect([await captures(as), await captures(bs)]).toEqual([[], []]);

    await as.getByTestId('accept-video').click();
    await Promise.all([callIs(as, 'active'), callIs(bs, 'active')]);
    for (const page of [as, bs]) {
      await waitFor('a frame', async () => (await readFrameNumber(page, 'call-remote')) !== null, 20_000);
    }
    await Promise.all([expectTalking(as, 5_000), expectTalking(bs, 5_000)]);
    const [{ audio } = {}] = (await captures(as)).filter((asked) => asked.audio);
    expect(audio).toMatchObject({ echoCancellation: false, noiseSuppression: true, autoGainControl: true });
    await as.getByTestId('link-badge').waitFor();
    expect(await as.getByTestId('link-badge').textContent()).toMatch(/Direct · (\d+|under 1) ms/);

    await bs.getByTestId('call-mute').click();
    await as.getByTestId('remote-muted').waitFor();
    await bs.getByTestId('call-camera').click();
    await as.getByTestId('remote-camera-off').waitFor();
    await bs.getByTestId('call-camera').click();
    await as.getByTestId('remote-camera-off').waitFor({ state: 'detached' });

    await bs.getByTestId('hang-up').click();
    await Promise.all([callIs(as, 'ended'), callIs(bs, 'ended')]);
    expect(await as.getByTestId('call-message').textContent()).toMatch(/hung up/i);
    await as.getByTestId('call-length').waitFor();
    await waitFor('both ends told', () => lastCall(a)?.state === 'ended' && lastCall(b)?.state === 'ended');
    expect(lastCall(a)).toMatchObject({ direction: 'in', reason: 'RemoteClose', error: 'Ended' });
    expect(lastCall(b)).toMatchObject({ direction: 'out', reason: 'LocalClose', error: 'Ended' });

    await bs.getByTestId('call-again').click();
    await as.getByTestId('ringing').waitFor();
    await bs.getByTestId('call-cancel').click();
    await as.getByTestId('ringing').waitFor({ state: 'detached' });
    await callIs(bs, 'ended');
    expect([...a.noise, ...b.noise]).toEqual([]);
  }, 150_000);

  it('sound only opens no camera; declining is told in words on the other side', async () => {
    const { as, ticket } = await waiting();
    // A call ticket as the argument dials.
    const bs = await openWindow(await startAppProcess({ args: [ticket] }));
    await as.getByTestId('accept-sound').click();
    await Promise.all([callIs(as, 'active'), callIs(bs, 'active')]);
    await bs.getByTestId('remote-camera-off').waitFor();
    await waitFor('a frame', async () => (await readFrameNumber(as, 'call-remote')) !== null, 20_000);
    const asked = await captures(as);
    expect(asked.some(({ video }) => video)).toBe(false);
    expect(asked[0]?.audio).toMatchObject({ echoCancellation: true, noiseSuppression: true });
    await as.getByTestId('hang-up').click();
    await callIs(bs, 'ended');

    await bs.getByTestId('call-again').click();
    await as.getByTestId('decline').click();
    await callIs(bs, 'ended');
    expect(await bs.getByTestId('call-message').textContent()).toMatch(/declined/i);
    await bs.getByTestId('call-close').click();
    expect(await bs.getByTestId('history').getByRole('listitem').count()).toBe(2);
  }, 120_000);

  it('that are let in automatically start without a click', async () => {
    const a = await startAppProcess({ args: ['--autostart', 'call', '--auto-accept'] });
    const as = await openWindow(a);
    const { ticket } = await a.event('live');
    const bs = await openWindow(await startAppProcess({ args: [ticket] }));
    await Promise.all([callIs(as, 'active'), callIs(bs, 'active')]);
    for (const page of [as, bs]) {
      await waitFor('a frame', async () => (await readFrameNumber(page, 'call-remote')) !== null, 20_000);
    }
    // A reload in the middle of a call goes on with what was on, and off.
    await as.getByTestId('call-camera').click();
    await bs.getByTestId('remote-camera-off').waitFor();
    await as.reload();
    await callIs(as, 'active');
    await waitFor('a frame', async () => (await readFrameNumber(as, 'call-remote')) !== null, 20_000);
    expect((await captures(as)).some(({ video }) => video)).toBe(false);
    await bs.getByTestId('hang-up').click();
    await callIs(as, 'ended');
  }, 120_000);
});
