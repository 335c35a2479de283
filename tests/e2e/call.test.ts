import { Connection, Path } from 'moq-net';
import type { Page } from 'playwright-core';
import { afterEach, describe, expect, it } from 'vitest';
import { parseTicket } from '../../common/ticket/ticket.ts';
import type { JsonEvent } from '../../main/app/json-events.ts';
import { type AppProcess, startAppProcess } from '../support/app-process.ts';
import { useAppWindows } from '../support/app-windows.ts';
import {
  disableEchoCancellation,
  expectVideoAndAudio,
  waitForCallState,
  waitForRemoteVideo,
} from '../support/call-page.ts';
import { type PlainPeer, plainPeer, textBroadcast } from '../support/calls.ts';
import { waitFor } from '../support/wait.ts';

/**
 * Tests calls between two apps. Each app is a separate process, and the apps' windows are pages in one
 * Chromium.
 */

/** Runs in the page. Records the constraints of every request for a camera or microphone. */
function recordCaptures(): void {
  const { mediaDevices } = navigator;
  const open = mediaDevices.getUserMedia.bind(mediaDevices);
  Object.assign(window, { captures: [] });
  mediaDevices.getUserMedia = (constraints) => {
    (window as unknown as { captures: unknown[] }).captures.push(constraints);
    return open(constraints);
  };
}

const peers: PlainPeer[] = [];
afterEach(async () => {
  await Promise.all(peers.splice(0).map((peer) => peer.close()));
});

const windows = useAppWindows({ init: recordCaptures });

/** The constraints of the page's requests for a camera or microphone. */
function captures(page: Page): Promise<MediaStreamConstraints[]> {
  return page.evaluate(() => (window as unknown as { captures: MediaStreamConstraints[] }).captures);
}

function lastCall({ events }: AppProcess): Extract<JsonEvent, { event: 'call' }> | undefined {
  return events.filter((event) => event.event === 'call').at(-1);
}

/** Starts an app that accepts calls and opens its window. Returns the page and the app's call ticket. */
async function startCallee(): Promise<{ a: AppProcess; aPage: Page; ticket: string }> {
  const a = await startAppProcess({ args: ['--autostart', 'call'] });
  const aPage = await windows.open(a);
  const { ticket, name } = await a.event('live');
  expect(name).toBe('call');
  expect((await aPage.getByTestId('call-ticket').textContent())?.trim()).toBe(ticket);
  return { a, aPage, ticket };
}

describe('a call between two apps', () => {
  it('rings, is accepted with video, carries video and audio, mutes, ends, and is dialed again', async () => {
    const { a, aPage, ticket } = await startCallee();
    await disableEchoCancellation(aPage);
    const b = await startAppProcess();
    const bPage = await windows.open(b);
    await disableEchoCancellation(bPage);
    await bPage.getByTestId('call-start').click();
    await bPage.getByTestId('call-input').fill(ticket);
    await bPage.getByTestId('call-dial').click();
    await bPage.getByTestId('ringing').waitFor();
    const dialog = aPage.getByTestId('ringing');
    await dialog.waitFor();
    expect(await dialog.getAttribute('data-direction')).toBe('in');
    expect(await dialog.textContent()).toContain(`ID ${b.ready.endpointId.slice(0, 10)}…`);
    // No camera or microphone is used before the call is accepted.
    expect([await captures(aPage), await captures(bPage)]).toEqual([[], []]);

    await aPage.getByTestId('accept-video').click();
    await Promise.all([waitForCallState(aPage, 'active'), waitForCallState(bPage, 'active')]);
    for (const page of [aPage, bPage]) {
      await waitForRemoteVideo(page);
    }
    await Promise.all([expectVideoAndAudio(aPage), expectVideoAndAudio(bPage)]);
    const [{ audio } = {}] = (await captures(aPage)).filter((constraints) => constraints.audio);
    expect(audio).toMatchObject({ echoCancellation: false, noiseSuppression: true, autoGainControl: true });
    await aPage.getByTestId('connection-badge').waitFor();
    expect(await aPage.getByTestId('connection-badge').textContent()).toMatch(/Direct · (\d+|<1) ms/);

    await bPage.getByTestId('call-mute').click();
    await aPage.getByTestId('remote-muted').waitFor();
    await bPage.getByTestId('call-camera').click();
    await aPage.getByTestId('remote-camera-off').waitFor();
    await bPage.getByTestId('call-camera').click();
    await aPage.getByTestId('remote-camera-off').waitFor({ state: 'detached' });

    await bPage.getByTestId('hang-up').click();
    await Promise.all([waitForCallState(aPage, 'ended'), waitForCallState(bPage, 'ended')]);
    expect(await aPage.getByTestId('call-message').textContent()).toMatch(/hung up/i);
    await aPage.getByTestId('call-length').waitFor();
    await waitFor(
      'both apps report the end of the call',
      () => lastCall(a)?.state === 'ended' && lastCall(b)?.state === 'ended',
    );
    expect(lastCall(a)).toMatchObject({ direction: 'in', reason: 'RemoteClose', error: 'Ended' });
    expect(lastCall(b)).toMatchObject({ direction: 'out', reason: 'LocalClose', error: 'Ended' });

    await bPage.getByTestId('call-again').click();
    await aPage.getByTestId('ringing').waitFor();
    await bPage.getByTestId('call-cancel').click();
    await aPage.getByTestId('ringing').waitFor({ state: 'detached' });
    await waitForCallState(bPage, 'ended');
    expect([...a.noise, ...b.noise]).toEqual([]);
  }, 150_000);

  it('uses no camera if it is accepted with audio only, and tells the caller when a call is declined', async () => {
    const { aPage, ticket } = await startCallee();
    // An app that is started with a call ticket dials only after the user clicks.
    const bPage = await windows.open(await startAppProcess({ args: [ticket] }));
    await bPage.getByTestId('confirm-ticket').click();
    await aPage.getByTestId('accept-sound').click();
    await Promise.all([waitForCallState(aPage, 'active'), waitForCallState(bPage, 'active')]);
    await bPage.getByTestId('remote-camera-off').waitFor();
    await waitForRemoteVideo(aPage);
    const requested = await captures(aPage);
    expect(requested.some(({ video }) => video)).toBe(false);
    expect(requested[0]?.audio).toMatchObject({ echoCancellation: true, noiseSuppression: true });
    await aPage.getByTestId('hang-up').click();
    await waitForCallState(bPage, 'ended');

    await bPage.getByTestId('call-again').click();
    await aPage.getByTestId('decline').click();
    await waitForCallState(bPage, 'ended');
    expect(await bPage.getByTestId('call-message').textContent()).toMatch(/declined/i);
    await bPage.getByTestId('call-close').click();
    expect(await bPage.getByTestId('history').getByRole('listitem').count()).toBe(2);
  }, 120_000);

  it('continues without a camera that cannot be opened, and says why', async () => {
    const { aPage, ticket } = await startCallee();
    await aPage.evaluate(() => {
      const { mediaDevices } = navigator;
      const open = mediaDevices.getUserMedia.bind(mediaDevices);
      mediaDevices.getUserMedia = async (constraints) => {
        if (constraints?.video) throw new DOMException('no', 'NotAllowedError');
        return open(constraints);
      };
    });
    const bPage = await windows.open(await startAppProcess({ args: [ticket] }));
    await bPage.getByTestId('confirm-ticket').click();
    await aPage.getByTestId('accept-video').click();
    await Promise.all([waitForCallState(aPage, 'active'), waitForCallState(bPage, 'active')]);
    await bPage.getByTestId('remote-camera-off').waitFor();
    await waitForRemoteVideo(aPage);
    await aPage.getByText('Camera access isn’t allowed').waitFor();
  }, 90_000);

  it('moves between an app’s windows, and keeps the microphone and camera on or off', async () => {
    const { a, aPage, ticket } = await startCallee();
    const bPage = await windows.open(await startAppProcess({ args: [ticket] }));
    await bPage.getByTestId('confirm-ticket').click();
    await aPage.getByTestId('accept-video').click();
    await Promise.all([waitForCallState(aPage, 'active'), waitForCallState(bPage, 'active')]);
    await waitForRemoteVideo(bPage);
    await aPage.getByTestId('call-mute').click();
    await bPage.getByTestId('remote-muted').waitFor();

    const other = await windows.open(a);
    await aPage.getByText('This call is in another window').waitFor();
    await Promise.all([waitForRemoteVideo(other), waitForRemoteVideo(bPage)]);
    expect((await captures(other)).some(({ audio }) => audio)).toBe(false);
    await other.getByTestId('call-camera').click();
    await bPage.getByTestId('remote-camera-off').waitFor();

    await aPage.getByTestId('use-here').click();
    await other.getByText('This call is in another window').waitFor();
    await waitForRemoteVideo(aPage);
    expect(await aPage.getByTestId('call-camera').getAttribute('aria-pressed')).toBe('true');
    await aPage.getByTestId('call-mute').click();
    await bPage.getByTestId('remote-muted').waitFor({ state: 'detached' });
    await aPage.getByTestId('call-camera').click();
    await bPage.getByTestId('remote-camera-off').waitFor({ state: 'detached' });
    await waitForRemoteVideo(bPage);

    // After the window with the call closes, the other window continues the call.
    await aPage.close();
    await waitForRemoteVideo(other);
    await other.close();
    await bPage.getByTestId('remote-away').waitFor();
    await waitForCallState(bPage, 'ended', 30_000);
    expect(await bPage.getByTestId('call-message').textContent()).toMatch(/hung up/i);
    expect(a.noise).toEqual([]);
  }, 150_000);

  it('starts without a click if calls are accepted automatically, and survives a reload', async () => {
    const a = await startAppProcess({ args: ['--autostart', 'call', '--auto-accept'] });
    const aPage = await windows.open(a);
    const { ticket } = await a.event('live');
    const bPage = await windows.open(await startAppProcess({ args: [ticket] }));
    await bPage.getByTestId('confirm-ticket').click();
    await Promise.all([waitForCallState(aPage, 'active'), waitForCallState(bPage, 'active')]);
    for (const page of [aPage, bPage]) {
      await waitForRemoteVideo(page);
    }
    // The camera is still off after a reload during a call.
    await aPage.getByTestId('call-camera').click();
    await bPage.getByTestId('remote-camera-off').waitFor();
    await aPage.reload();
    await waitForCallState(aPage, 'active');
    await waitForRemoteVideo(aPage);
    expect((await captures(aPage)).some(({ video }) => video)).toBe(false);
    await bPage.getByTestId('hang-up').click();
    await waitForCallState(aPage, 'ended');
  }, 120_000);
});

describe('a peer that sends a hostile catalog', () => {
  it.each([
    ['of 10 MB', `{"video":{"renditions":{}},"more":"${'x'.repeat(10_000_000)}"}`],
    ['of garbage', '\u0001\u0002 no catalog {{{'],
    ['of other types', '{"video":{"renditions":{"video/x":{"codec":7}}},"audio":[]}'],
  ])(
    '%s does not break the window, which can still hang up',
    async (_description, catalog) => {
      const { a, aPage, ticket } = await startCallee();
      const peer = await plainPeer();
      peers.push(peer);
      const transport = await peer.endpoint.connect(parseTicket(ticket));
      const session = await Connection.connect(new URL('moq://plain/'), { transport });
      const broadcast = textBroadcast('catalog.json', catalog);
      session.publish(Path.from('call'), broadcast);
      await aPage.getByTestId('accept-video').click();
      await waitForCallState(aPage, 'active');
      await aPage.getByTestId('call-own').waitFor();
      // This wait is long enough for the entire catalog to arrive over loopback.
      await aPage.waitForTimeout(4_000);
      expect(await aPage.locator('.watch-stage').getAttribute('data-picture')).toBe('none');
      await aPage.getByTestId('call-mute').click();
      expect(await aPage.getByTestId('call-mute').getAttribute('aria-pressed')).toBe('true');
      await aPage.getByTestId('hang-up').click();
      await waitForCallState(aPage, 'ended');
      await waitFor('the end of the call is reported', () => lastCall(a)?.state === 'ended');
      broadcast.close();
      session.close();
      expect(a.noise).toEqual([]);
    },
    90_000,
  );
});
