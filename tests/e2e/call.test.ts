import { Connection, Path } from 'moq-net';
import type { Page } from 'playwright-core';
import { afterEach, describe, expect, it } from 'vitest';
import { parseTicket } from '../../common/ticket/ticket.ts';
import type { JsonEvent } from '../../main/app/json-events.ts';
import { type AppProcess, startAppProcess } from '../support/app-process.ts';
import { callIs, expectTalking, seesOther, withoutEchoCancellation } from '../support/call-page.ts';
import { type PlainPeer, plainPeer, textBroadcast } from '../support/calls.ts';
import { waitFor } from '../support/wait.ts';
import { useWindows } from '../support/windows.ts';

/** Two apps in processes of their own, their windows in one Chromium: people who call each other. */

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

const peers: PlainPeer[] = [];
afterEach(async () => {
  await Promise.all(peers.splice(0).map((peer) => peer.close()));
});

const windows = useWindows({ init: countCaptures });

function captures(page: Page): Promise<MediaStreamConstraints[]> {
  return page.evaluate(() => (window as unknown as { captures: MediaStreamConstraints[] }).captures);
}

function lastCall({ events }: AppProcess): Extract<JsonEvent, { event: 'call' }> | undefined {
  return events.filter((event) => event.event === 'call').at(-1);
}

/** One who waits for calls, and the ticket to call. */
async function waiting(): Promise<{ a: AppProcess; as: Page; ticket: string }> {
  const a = await startAppProcess({ args: ['--autostart', 'call'] });
  const as = await windows.open(a);
  const { ticket, name } = await a.event('live');
  expect(name).toBe('call');
  expect((await as.getByTestId('call-ticket').textContent())?.trim()).toBe(ticket);
  return { a, as, ticket };
}

describe('two people call each other', () => {
  it('ring, accept with video, see and hear each other, mute, hang up, and call again', async () => {
    const { a, as, ticket } = await waiting();
    await withoutEchoCancellation(as);
    const b = await startAppProcess();
    const bs = await windows.open(b);
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
      await seesOther(page);
    }
    await Promise.all([expectTalking(as), expectTalking(bs)]);
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
    const bs = await windows.open(await startAppProcess({ args: [ticket] }));
    await as.getByTestId('accept-sound').click();
    await Promise.all([callIs(as, 'active'), callIs(bs, 'active')]);
    await bs.getByTestId('remote-camera-off').waitFor();
    await seesOther(as);
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

  it('say what is wrong with the camera, and go on without it', async () => {
    const { as, ticket } = await waiting();
    await as.evaluate(() => {
      const { mediaDevices } = navigator;
      const open = mediaDevices.getUserMedia.bind(mediaDevices);
      mediaDevices.getUserMedia = async (constraints) => {
        if (constraints?.video) throw new DOMException('no', 'NotAllowedError');
        return open(constraints);
      };
    });
    const bs = await windows.open(await startAppProcess({ args: [ticket] }));
    await as.getByTestId('accept-video').click();
    await Promise.all([callIs(as, 'active'), callIs(bs, 'active')]);
    await bs.getByTestId('remote-camera-off').waitFor();
    await seesOther(as);
    await as.getByText('The camera isn’t allowed').waitFor();
  }, 90_000);

  it('one of several windows has the call, with what was on and off in the one before', async () => {
    const { a, as, ticket } = await waiting();
    const bs = await windows.open(await startAppProcess({ args: [ticket] }));
    await as.getByTestId('accept-video').click();
    await Promise.all([callIs(as, 'active'), callIs(bs, 'active')]);
    await seesOther(bs);
    await as.getByTestId('call-mute').click();
    await bs.getByTestId('remote-muted').waitFor();

    const other = await windows.open(a);
    await as.getByText('This call is in another window').waitFor();
    await Promise.all([seesOther(other), seesOther(bs)]);
    expect((await captures(other)).some(({ audio }) => audio)).toBe(false);
    await other.getByTestId('call-camera').click();
    await bs.getByTestId('remote-camera-off').waitFor();

    await as.getByTestId('use-here').click();
    await other.getByText('This call is in another window').waitFor();
    await seesOther(as);
    expect(await as.getByTestId('call-camera').getAttribute('aria-pressed')).toBe('true');
    await as.getByTestId('call-mute').click();
    await bs.getByTestId('remote-muted').waitFor({ state: 'detached' });
    await as.getByTestId('call-camera').click();
    await bs.getByTestId('remote-camera-off').waitFor({ state: 'detached' });
    await seesOther(bs);

    // The one that has it is closed: the other one goes on.
    await as.close();
    await seesOther(other);
    await other.close();
    await bs.getByTestId('remote-muted').waitFor();
    await bs.getByTestId('remote-camera-off').waitFor();
    await callIs(bs, 'ended', 30_000);
    expect(await bs.getByTestId('call-message').textContent()).toMatch(/hung up/i);
    expect(a.noise).toEqual([]);
  }, 150_000);

  it('that are let in automatically start without a click', async () => {
    const a = await startAppProcess({ args: ['--autostart', 'call', '--auto-accept'] });
    const as = await windows.open(a);
    const { ticket } = await a.event('live');
    const bs = await windows.open(await startAppProcess({ args: [ticket] }));
    await Promise.all([callIs(as, 'active'), callIs(bs, 'active')]);
    for (const page of [as, bs]) {
      await seesOther(page);
    }
    // A reload in the middle of a call goes on with what was on, and off.
    await as.getByTestId('call-camera').click();
    await bs.getByTestId('remote-camera-off').waitFor();
    await as.reload();
    await callIs(as, 'active');
    await seesOther(as);
    expect((await captures(as)).some(({ video }) => video)).toBe(false);
    await bs.getByTestId('hang-up').click();
    await callIs(as, 'ended');
  }, 120_000);
});

describe('a peer that sends a hostile catalog', () => {
  it.each([
    ['of 10 MB', `{"video":{"renditions":{}},"more":"${'x'.repeat(10_000_000)}"}`],
    ['of garbage', '\u0001\u0002 no catalog {{{'],
    ['of other types', '{"video":{"renditions":{"video/x":{"codec":7}}},"audio":[]}'],
  ])(
    '%s: the window stays whole, and hangs up',
    async (_what, catalog) => {
      const { a, as, ticket } = await waiting();
      const peer = await plainPeer();
      peers.push(peer);
      const transport = await peer.endpoint.connect(parseTicket(ticket));
      const session = await Connection.connect(new URL('moq://plain/'), { transport });
      const broadcast = textBroadcast('catalog.json', catalog);
      session.publish(Path.from('call'), broadcast);
      await as.getByTestId('accept-video').click();
      await callIs(as, 'active');
      await as.getByTestId('call-own').waitFor();
      // Time enough for all of it to arrive on loopback.
      await as.waitForTimeout(4_000);
      expect(await as.locator('.watch-stage').getAttribute('data-picture')).toBe('none');
      await as.getByTestId('call-mute').click();
      expect(await as.getByTestId('call-mute').getAttribute('aria-pressed')).toBe('true');
      await as.getByTestId('hang-up').click();
      await callIs(as, 'ended');
      await waitFor('told', () => lastCall(a)?.state === 'ended');
      broadcast.close();
      session.close();
      expect(a.noise).toEqual([]);
    },
    90_000,
  );
});
