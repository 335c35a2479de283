import { Path } from 'moq-net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { LiveEndpoint } from '../../main/endpoint/endpoint.ts';
import type { IrohTransport } from '../../main/transport/iroh.ts';
import { closeApps, newDataDir, type RunningApp, startApp, windowOf } from '../support/apps.ts';
import {
  accept,
  callEvents,
  deadline,
  decline,
  dial,
  hangUp,
  inState,
  type PlainPeer,
  plainPeer,
  publishMedia,
  readMedia,
  startCall,
  stopMedia,
} from '../support/calls.ts';
import { run, stopPrograms } from '../support/processes.ts';
import { NumberedBroadcast, readNumbers } from '../support/sessions.ts';
import { freePort, sleep, waitFor } from '../support/wait.ts';

const peers: PlainPeer[] = [];
const unhandled: unknown[] = [];
const onUnhandled = (error: unknown) => void unhandled.push(error);
process.on('unhandledRejection', onUnhandled);
afterEach(async () => {
  stopMedia();
  vi.restoreAllMocks();
  await stopPrograms();
  await closeApps();
  await Promise.all(peers.splice(0).map((peer) => peer.close()));
  expect(unhandled.splice(0)).toEqual([]);
});

async function newPlainPeer(): Promise<PlainPeer> {
  const peer = await plainPeer();
  peers.push(peer);
  return peer;
}

const startTwo = () => Promise.all([startApp(), startApp()]);
const startWithoutWindowFor = (noWindowMs: number) => startApp({ calls: { times: { noWindowMs } } });
const startRingingFor = (ringMs: number) => startApp({ calls: { times: { ringMs } } });

async function setContact(app: RunningApp, peer: RunningApp, access: 'ask' | 'auto' | 'blocked', name = '') {
  await app.core.handlers['contacts.change']({ peer: peer.core.endpointId, access, name }, deadline());
}

/** The `--json` events of an app about calls with another app. */
const eventsAbout = (app: RunningApp, peer: RunningApp) =>
  app.events.filter((event) => event.event === 'call' && event.peer === peer.core.endpointId);

describe('a call between two apps', () => {
  it('rings, is accepted, carries media in both directions, and ends when the caller hangs up', async () => {
    const [alice, bob] = await startTwo();
    await alice.core.handlers['settings.change']({ displayName: 'Alice' }, deadline());
    const { a, b, out, id } = await startCall(alice, bob);
    await waitFor('her name', async () => (await bob.state()).calls[0]?.remote?.name === 'Alice');
    expect(await Promise.all([readMedia(a, out), readMedia(b, id)])).toMatchObject([
      { length: 5 },
      { length: 5 },
    ]);
    const status = { id: out, muted: true, pictureOff: false, sharing: false };
    await alice.core.handlers['call.status'](status, deadline());
    await waitFor('mute seen', async () => (await bob.state()).calls[0]?.remote?.muted);
    await hangUp(alice, out);
    expect(await inState(alice, 'ended')).toMatchObject({ reason: 'LocalClose', error: 'Ended' });
    expect(await inState(bob, 'ended')).toMatchObject({
      reason: 'RemoteClose',
      error: 'Ended',
      message: expect.stringMatching(/^Alice \([0-9a-f]{10}\) hung up\.$/),
    });
    expect(callEvents(alice)).toEqual(['out dialing', 'out ringing', 'out active', 'out ended']);
    expect(callEvents(bob)).toEqual(['in ringing', 'in active', 'in ended']);
    expect((await bob.state()).callHistory).toMatchObject([{ outcome: 'done', remoteName: 'Alice' }]);
    await bob.core.handlers['call.dismiss']({ id }, deadline());
    expect((await bob.state()).calls).toEqual([]);
  });

  it('reports audio and video as off without a window, and ends if no window returns', async () => {
    const [alice, bob] = await Promise.all([startWithoutWindowFor(1_500), startApp()]);
    const { a, out } = await startCall(alice, bob);
    const seen = async () => (await bob.state()).calls[0]?.remote;
    const status = { muted: false, pictureOff: true, sharing: false };
    await alice.core.handlers['call.status']({ id: out, ...status }, deadline());
    await waitFor('video off', async () => (await seen())?.pictureOff);
    a.close();
    await waitFor('the closed window', async () => (await seen())?.away);
    expect(await seen()).toMatchObject({ muted: true, pictureOff: true });
    const again = await windowOf(alice);
    await waitFor('audio on', async () => (await seen())?.muted === false);
    expect((await seen())?.away).toBeUndefined();
    // The caller's own status keeps the values that the window reported.
    expect((await alice.state()).calls[0]?.own).toEqual(status);
    await sleep(1_800);
    expect((await alice.state()).calls[0]?.state).toBe('active');
    again.close();
    expect(await inState(alice, 'ended')).toMatchObject({ reason: 'LocalClose', message: 'You hung up.' });
    expect(await inState(bob, 'ended')).toMatchObject({ reason: 'RemoteClose', error: 'Ended' });
  }, 20_000);

  it('tells the caller while it rings whether the callee’s app has a window', async () => {
    const [alice, bob] = await startTwo();
    await windowOf(alice);
    await dial(alice, bob);
    await inState(alice, 'ringing');
    const seen = async () => (await alice.state()).calls[0]?.remote;
    await waitFor('no window', async () => (await seen())?.away);
    const window = await windowOf(bob);
    await waitFor('a window', async () => (await seen())?.away === undefined);
    expect((await bob.state()).calls[0]?.remote?.away).toBeUndefined();
    window.close();
    await waitFor('no window again', async () => (await seen())?.away);
  }, 20_000);

  it('ends when the callee hangs up, and the callee can call back with the ticket in the history', async () => {
    const [alice, bob] = await startTwo();
    const { out, id } = await startCall(alice, bob);
    await hangUp(bob, id);
    expect(await inState(bob, 'ended')).toMatchObject({ reason: 'LocalClose', error: 'Ended' });
    expect(await inState(alice, 'ended')).toMatchObject({ id: out, reason: 'RemoteClose', error: 'Ended' });
    const [record] = (await bob.state()).callHistory;
    expect(record).toMatchObject({ outcome: 'done', direction: 'in' });
    await bob.core.handlers['call.dial']({ ticket: record?.ticket ?? '' }, deadline());
    await inState(alice, 'ringing', 8_000);
    await bob.core.handlers['history.remove']({ id }, deadline());
    expect((await bob.state()).callHistory).toEqual([]);
  }, 20_000);

  it('gives the caller the callee’s media only after the callee accepts, and never gives it to other peers', async () => {
    const [alice, bob] = await startTwo();
    const [a, b] = await Promise.all([windowOf(alice), windowOf(bob)]);
    await bob.core.handlers['settings.change']({ displayName: 'Bob' }, deadline());
    b.publish(Path.from('live/show'), new NumberedBroadcast().producer);
    const out = await dial(alice, bob);
    const { id } = await inState(bob, 'ringing');
    const source = publishMedia(b, id);
    publishMedia(a, out);
    await sleep(500);
    expect((await alice.state()).calls[0]).toMatchObject({ state: 'ringing', hasMedia: false });
    expect(source.requests).toBe(0);
    // The status has arrived, but without a name.
    expect((await alice.state()).calls[0]?.remote?.name).toBe('');
    await accept(bob, id);
    await inState(alice, 'active');
    await waitFor('his name', async () => (await alice.state()).calls[0]?.remote?.name === 'Bob');
    await readMedia(a, out);
    const viewer = await (await newPlainPeer()).connect(bob);
    const everything = viewer.session.announced();
    const asked = viewer.session.announced(Path.from('show'));
    const calls = viewer.session.announced(Path.from('call'));
    expect(await asked.next()).toEqual({ path: '', active: true });
    expect(await Promise.race([everything.next(), calls.next(), sleep(500)])).toBeUndefined();
    const stolen = viewer.session.consume(Path.from('call')).subscribe('video');
    await expect(readNumbers(stolen, 1)).rejects.toThrow();
    await hangUp(bob, id);
  });

  it('can be declined', async () => {
    const [alice, bob] = await startTwo();
    await setContact(alice, bob, 'ask', 'Bob');
    await dial(alice, bob);
    await decline(bob, (await inState(bob, 'ringing')).id);
    expect(await inState(alice, 'ended')).toMatchObject({
      reason: 'RemoteClose',
      error: 'Rejected',
      message: 'Bob declined the call.',
      contactName: 'Bob',
    });
    expect(await inState(bob, 'ended')).toMatchObject({ reason: 'LocalClose', error: 'Rejected' });
    expect((await alice.state()).callHistory).toMatchObject([{ outcome: 'declined' }]);
  });

  it('gets a busy signal during another call, or waits until the other call ends', async () => {
    const [alice, bob] = await startTwo();
    const carol = await startApp();
    const { id } = await startCall(alice, bob);
    await dial(carol, bob);
    expect(await inState(carol, 'ended')).toMatchObject({
      reason: 'RemoteClose',
      error: 'Rejected',
      message: expect.stringMatching(/busy/),
    });
    expect((await bob.state()).callHistory).toMatchObject([{ outcome: 'busy' }]);
    expect(eventsAbout(bob, carol)).toMatchObject([
      {
        ...{ state: 'ended', direction: 'in', contact: false, reason: 'LocalClose', error: 'Rejected' },
        message: expect.stringMatching(
          /^An unknown caller \([0-9a-f]{10}\) called while you were in another call\.$/,
        ),
      },
    ]);
    await bob.core.handlers['settings.change']({ whenBusy: 'wait' }, deadline());
    await sleep(2_100); // Wait for the cooldown between two calls from one peer.
    await dial(carol, bob);
    await inState(carol, 'ringing');
    await waitFor('her call to wait', async () => (await bob.state()).waitingCalls.length === 1);
    expect((await bob.state()).calls).toHaveLength(1);
    expect((await bob.state()).waitingCalls).toMatchObject([
      { peer: carol.core.endpointId, direction: 'in' },
    ]);
    await hangUp(bob, id);
    await accept(bob, (await inState(bob, 'ringing')).id);
    await inState(carol, 'active');
    expect((await bob.state()).waitingCalls).toEqual([]);
  }, 20_000);

  it('can be declined, abandoned or accepted in place of the current call while it waits', async () => {
    const [alice, bob] = await startTwo();
    const [carol, dave] = [await startApp(), await startApp()];
    await bob.core.handlers['settings.change']({ whenBusy: 'wait' }, deadline());
    const { id } = await startCall(alice, bob);
    const waiter = (app: RunningApp) =>
      waitFor('a waiting caller', async () =>
        (await bob.state()).waitingCalls.find(({ peer }) => peer === app.core.endpointId),
      );
    await dial(carol, bob);
    await decline(bob, (await waiter(carol)).id);
    expect(await inState(carol, 'ended')).toMatchObject({ error: 'Rejected' });
    expect((await bob.state()).waitingCalls).toEqual([]);
    expect((await bob.state()).callHistory).toMatchObject([{ outcome: 'declined' }]);

    const out = await dial(dave, bob);
    await waiter(dave);
    await hangUp(dave, out);
    await waitFor('the event', () => eventsAbout(bob, dave).length > 0);
    expect(eventsAbout(bob, dave)).toMatchObject([
      { state: 'ended', message: expect.stringMatching(/missed/) },
    ]);
    await waitFor('the waiting call to end', async () => (await bob.state()).waitingCalls.length === 0);

    await sleep(2_100); // Wait for the cooldown between two calls from one peer.
    await dial(carol, bob);
    await dial(dave, bob);
    const { callTicket } = await dave.state();
    await waiter(carol);
    const next = await waiter(dave);
    // Calling a waiting caller must not end the current call.
    await expect(bob.core.handlers['call.dial']({ ticket: callTicket }, deadline())).rejects.toThrow(
      /already in a call/,
    );
    await accept(bob, next.id);
    await Promise.all([inState(dave, 'active'), inState(alice, 'ended')]);
    const state = await bob.state();
    expect(state.calls).toMatchObject([{ id: next.id, state: 'active' }]);
    expect(state.callHistory).toMatchObject([{ id, outcome: 'done' }, {}, {}]);
    expect(state.waitingCalls).toMatchObject([{ peer: carol.core.endpointId }]);
    expect(callEvents(bob).slice(-3)).toEqual(['in ended', 'in ringing', 'in active']);
    await hangUp(bob, next.id);
    expect(await inState(bob, 'ringing')).toMatchObject({ peer: carol.core.endpointId });
  }, 30_000);

  it('stops ringing when the user blocks its caller', async () => {
    const [alice, bob] = await startTwo();
    await dial(alice, bob);
    await inState(bob, 'ringing');
    await setContact(bob, alice, 'blocked');
    expect(await inState(alice, 'ended')).toMatchObject({ error: 'Rejected' });
    await inState(bob, 'ended');
  });

  it('rings only a limited number of times for strangers, regardless of their ids, but always for known peers', async () => {
    const bob = await startApp({ calls: { limits: { strangersPerMinute: 2 } } });
    const [ann, ben, cat] = [await startApp(), await startApp(), await startApp()];
    for (const caller of [ann, ben]) {
      const out = await dial(caller, bob);
      const { id } = await inState(bob, 'ringing');
      await hangUp(caller, out);
      await inState(bob, 'ended');
      await bob.core.handlers['call.dismiss']({ id }, deadline());
    }
    const silent = await dial(cat, bob);
    await inState(cat, 'ringing');
    await sleep(500);
    expect((await bob.state()).calls).toEqual([]);
    await hangUp(cat, silent);
    await waitFor('the missed call', async () => (await bob.state()).callHistory.length === 3);
    expect((await bob.state()).callHistory[0]).toMatchObject({
      peer: cat.core.endpointId,
      outcome: 'missed',
    });
    await setContact(bob, ann, 'ask', 'Ann');
    await sleep(2_100); // Wait for the cooldown between two calls from one peer.
    await dial(ann, bob);
    await inState(bob, 'ringing');
  }, 30_000);

  it('stops ringing when the caller’s process is killed', async () => {
    const bob = await startApp();
    const args = ['tests/support/call-child.ts', await newDataDir(), '127.0.0.1:0', bob.core.callTicket()];
    const caller = run(process.execPath, args);
    await inState(bob, 'ringing', 20_000);
    await caller.stop('SIGKILL');
    expect(await inState(bob, 'ended', 25_000)).toMatchObject({
      reason: 'TransportError',
      message: expect.stringMatching(/missed a call .* connection was lost/),
    });
  }, 60_000);

  it('times out at the caller first if nobody answers', async () => {
    const [alice, bob] = [await startRingingFor(600), await startApp()];
    await dial(alice, bob);
    expect(await inState(alice, 'ended')).toMatchObject({
      reason: 'LocalClose',
      message: expect.stringMatching(/^No answer/),
    });
    expect(await inState(bob, 'ended')).toMatchObject({ reason: 'RemoteClose' });
    expect((await bob.state()).callHistory).toMatchObject([{ outcome: 'missed' }]);
    expect((await alice.state()).callHistory).toMatchObject([{ outcome: 'noAnswer' }]);
  });

  it('times out at the callee first if nobody answers', async () => {
    const [alice, bob] = [await startApp(), await startRingingFor(600)];
    await dial(alice, bob);
    expect(await inState(bob, 'ended')).toMatchObject({ reason: 'LocalClose' });
    expect(await inState(alice, 'ended')).toMatchObject({ reason: 'RemoteClose', error: 'Rejected' });
    expect((await bob.state()).callHistory).toMatchObject([{ outcome: 'missed' }]);
  });

  it('is reported as missed immediately when the caller hangs up or quits', async () => {
    const [alice, bob] = await startTwo();
    const out = await dial(alice, bob);
    await inState(bob, 'ringing');
    await hangUp(alice, out);
    expect(await inState(bob, 'ended')).toMatchObject({ reason: 'RemoteClose', error: 'Ended' });
    const carol = await startApp();
    await dial(carol, bob);
    await inState(bob, 'ringing');
    await carol.core.close();
    await inState(bob, 'ended');
    expect((await bob.state()).callHistory).toMatchObject([{ outcome: 'missed' }, { outcome: 'missed' }]);
  });

  it('is accepted immediately from trusted contacts, and rejected without ringing from blocked ones', async () => {
    const [alice, bob] = await startTwo();
    await setContact(bob, alice, 'blocked');
    await dial(alice, bob);
    expect(await inState(alice, 'ended')).toMatchObject({ error: 'Rejected', reason: 'RemoteClose' });
    expect(callEvents(bob)).toEqual([]);
    await setContact(bob, alice, 'auto', 'Alice');
    await sleep(2_100);
    await dial(alice, bob);
    await Promise.all([inState(alice, 'active'), inState(bob, 'active')]);
    const carol = await startApp({ autoAccept: true });
    await hangUp(alice, (await inState(alice, 'active')).id);
    await dial(alice, carol);
    await Promise.all([inState(alice, 'active'), inState(carol, 'active')]);
  }, 20_000);

  it('becomes a single call when both sides call at the same time', async () => {
    for (let round = 0; round < 3; round += 1) {
      const [alice, bob] = await startTwo();
      const ids = await Promise.all([dial(alice, bob), dial(bob, alice)]);
      await Promise.all([inState(alice, 'active'), inState(bob, 'active')]);
      const [a, b] = await Promise.all([windowOf(alice), windowOf(bob)]);
      publishMedia(a, ids[0]);
      publishMedia(b, ids[1]);
      await waitFor('media', async () => (await alice.state()).calls[0]?.hasMedia);
      await readMedia(a, ids[0]);
      await sleep(500);
      for (const app of [alice, bob]) {
        expect(callEvents(app)).toEqual(['out dialing', 'out ringing', 'out active']);
        expect((await app.state()).calls).toHaveLength(1);
      }
      await hangUp(alice, ids[0]);
      expect(await inState(bob, 'ended')).toMatchObject({ reason: 'RemoteClose' });
    }
  }, 30_000);

  it('is accepted when the callee dials the caller', async () => {
    const [alice, bob] = await startTwo();
    await dial(alice, bob);
    await inState(bob, 'ringing');
    await dial(bob, alice);
    await Promise.all([inState(alice, 'active'), inState(bob, 'active')]);
    expect(callEvents(bob)).toEqual(['in ringing', 'in active']);
  });

  it('is rejected for tickets that cannot be called', async () => {
    const [alice, bob] = await startTwo();
    const { callTicket } = await alice.state();
    const call = (ticket: string) => alice.core.handlers['call.dial']({ ticket }, deadline());
    await expect(call(callTicket)).rejects.toThrow(/your own/);
    await expect(call(callTicket.replace(/call$/, 'hello'))).rejects.toThrow(/watching/);
    await expect(call('nonsense')).rejects.toThrow();
    await startCall(alice, bob);
    const carol = await startApp();
    await expect(dial(alice, carol)).rejects.toThrow(/already in a call/);
    await expect(accept(alice, 'x')).rejects.toThrow(/already ended/);
  });

  it('that is ringing is accepted by the peer’s ticket only if the user entered it in the window', async () => {
    const [alice, bob] = await startTwo();
    const id = await dial(bob, alice);
    const ringing = await inState(alice, 'ringing');
    const { callTicket } = await bob.state();
    alice.core.requestTicket(callTicket, 'link');
    const { ticketRequest } = await alice.state();
    await alice.core.handlers['ticket.confirm']({ id: ticketRequest?.id ?? '' }, deadline());
    expect((await alice.state()).calls).toMatchObject([{ id: ringing.id, state: 'ringing' }]);
    await alice.core.handlers['call.dial']({ ticket: callTicket }, deadline());
    expect(await inState(bob, 'active')).toMatchObject({ id });
  });

  it('is dialed for a call ticket on the command line only when confirmed, and reports an offline peer', async () => {
    const [alice, bob] = await startTwo();
    const { callTicket } = await bob.state();
    await bob.core.close();
    alice.core.requestTicket(callTicket, 'command-line');
    const { ticketRequest, calls } = await alice.state();
    expect(ticketRequest).toMatchObject({ ticket: callTicket, origin: 'command-line' });
    expect(calls).toEqual([]);
    await alice.core.handlers['ticket.confirm']({ id: ticketRequest?.id ?? '' }, deadline());
    expect(await inState(alice, 'ended', 9_000)).toMatchObject({
      error: 'ConnectionFailed',
      reason: null,
      message: expect.stringMatching(/offline/),
    });
    expect(callEvents(alice)).toEqual(['out dialing', 'out ended']);
  }, 15_000);
});

describe('a call whose connection is lost', () => {
  /**
   * Closes the newest connection in the same way as the liveness check would if the peer stopped responding.
   */
  function cut(connect: { mock: { results: { value: unknown }[] } }): Promise<void> {
    return Promise.resolve(connect.mock.results.at(-1)?.value as Promise<IrohTransport>).then((transport) =>
      transport.close({ closeCode: 0, reason: 'no answer' }),
    );
  }

  it('is not restored for a peer that was blocked during the call', async () => {
    const connect = vi.spyOn(LiveEndpoint.prototype, 'connect');
    const [alice, bob] = await startTwo();
    const { id } = await startCall(alice, bob);
    await setContact(bob, alice, 'blocked');
    expect((await bob.state()).calls).toMatchObject([{ id, state: 'active' }]);
    await cut(connect);
    expect(await inState(bob, 'ended')).toMatchObject({ id });
    await inState(alice, 'ended');
    expect(callEvents(bob)).toEqual(['in ringing', 'in active', 'in dialing', 'in ended']);
  }, 20_000);

  it('is restored automatically without ringing, at the same Origin paths', async () => {
    const connect = vi.spyOn(LiveEndpoint.prototype, 'connect');
    const [alice, bob] = await startTwo();
    const { a, b, out, id } = await startCall(alice, bob);
    for (let round = 0; round < 2; round += 1) {
      await cut(connect);
      await waitFor(
        'the call to be restored',
        () => callEvents(bob).filter((event) => event === 'in active').length === 2 + round,
      );
      await inState(alice, 'active');
      await waitFor('media', async () =>
        [...(await alice.state()).calls, ...(await bob.state()).calls].every(({ hasMedia }) => hasMedia),
      );
      expect(await Promise.all([readMedia(a, out), readMedia(b, id)])).toMatchObject([
        { length: 5 },
        { length: 5 },
      ]);
    }
    expect(callEvents(bob).filter((event) => event === 'in ringing')).toHaveLength(1);
    await hangUp(bob, id);
    expect(await inState(alice, 'ended')).toMatchObject({ reason: 'RemoteClose' });
  }, 20_000);

  it('ends with a message if the callee’s process is killed', async () => {
    const bind = `127.0.0.1:${await freePort()}`;
    const program = run(process.execPath, ['tests/support/call-child.ts', await newDataDir(), bind]);
    const lines: string[] = [];
    program.onLine((line) => lines.push(line));
    const { ticket } = await waitFor(
      `ticket: ${program.stderr()}`,
      () => (lines[0] === undefined ? undefined : (JSON.parse(lines[0]) as { ticket: string })),
      10_000,
    );
    const alice = await startApp({ calls: { times: { reconnectMs: 3_000 } } });
    const a = await windowOf(alice);
    const { id } = await alice.core.handlers['call.dial']({ ticket }, deadline());
    await waitFor('media', async () => (await alice.state()).calls[0]?.hasMedia);
    await readMedia(a, id);
    await program.stop('SIGKILL');
    expect(await inState(alice, 'reconnecting', 10_000)).toMatchObject({
      reason: 'TransportError',
      message: expect.stringMatching(/was lost/),
    });
    expect(await inState(alice, 'ended', 10_000)).toMatchObject({
      reason: 'TransportError',
      error: 'Ended',
      message: expect.stringMatching(/^The connection to .* was lost\.$/),
    });
    expect((await alice.state()).callHistory).toMatchObject([{ outcome: 'lost' }]);
  }, 40_000);
});

describe('a peer without a call status, such as iroh-live', () => {
  it('calls, and receives media once its call is accepted', async () => {
    const bob = await startApp();
    const b = await windowOf(bob);
    const { session, transport } = await (await newPlainPeer()).connect(bob);
    const numbers = new NumberedBroadcast();
    session.publish(Path.from('call'), numbers.producer);
    const seen = session.announced(Path.from('call'));
    const { id } = await inState(bob, 'ringing');
    expect((await bob.state()).broadcasts).toEqual([]);
    await accept(bob, id);
    publishMedia(b, id);
    expect(await seen.next()).toEqual({ path: '', active: true });
    await readNumbers(session.consume(Path.from('call')).subscribe('video'), 3);
    expect(await readMedia(b, id)).toHaveLength(5);
    expect((await bob.state()).calls[0]).toMatchObject({ remote: null, state: 'active', hasMedia: true });
    transport.close({ closeCode: 0, reason: 'call ended' });
    expect(await inState(bob, 'ended')).toMatchObject({ reason: 'RemoteClose', error: 'Ended' });
    numbers.close();
  });

  it('is called, and the call becomes active with the peer’s media', async () => {
    const peer = await newPlainPeer();
    const numbers = new NumberedBroadcast();
    const codes: WebTransportCloseInfo[] = [];
    peer.endpoint.onConnection(({ transport }) => {
      void transport.closed.then((info) => codes.push(info));
      void import('moq-net').then(async ({ Connection }) => {
        const session = await Connection.accept(transport, new URL('moq://plain/'));
        session.publish(Path.from('call'), numbers.producer);
      });
    });
    const alice = await startApp();
    const a = await windowOf(alice);
    const ticket = peer.endpoint.ticketFor('call');
    const { id } = await alice.core.handlers['call.dial']({ ticket }, deadline());
    await inState(alice, 'active');
    expect(await readMedia(a, id)).toHaveLength(5);
    await hangUp(alice, id);
    await waitFor('closed', () => codes.length > 0);
    expect(codes).toEqual([{ closeCode: 0, reason: 'call ended' }]);
    numbers.close();
  });

  it('declines with close code 1', async () => {
    const peer = await newPlainPeer();
    peer.endpoint.onConnection(({ transport }) => transport.close({ closeCode: 1, reason: 'rejected' }));
    const alice = await startApp();
    const ticket = peer.endpoint.ticketFor('call');
    await alice.core.handlers['call.dial']({ ticket }, deadline());
    expect(await inState(alice, 'ended')).toMatchObject({ error: 'Rejected', reason: 'RemoteClose' });
  });
});
