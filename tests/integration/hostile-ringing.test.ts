import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Broadcast, Connection, Path } from 'moq-net';
import { afterEach, describe, expect, it } from 'vitest';
import type { CallRecord, Contact, Settings } from '../../common/bridge/bridge.ts';
import { parseTicket } from '../../common/ticket/ticket.ts';
import { LiveEndpoint } from '../../main/endpoint/endpoint.ts';
import { closeApps, newDataDir, type RunningApp, startApp } from '../support/apps.ts';
import {
  accept,
  callEvents,
  deadline,
  dial,
  hangUp,
  inState,
  startCall,
  stopMedia,
} from '../support/calls.ts';
import { expectBearable, INSPECTOR_ENV, LoadMeter } from '../support/load-meter.ts';
import { closeAfterEach } from '../support/own.ts';
import { run, stopPrograms } from '../support/processes.ts';
import { sleep, waitFor } from '../support/wait.ts';

/** Tests calls from strangers who use many new endpoint ids and the names of the user's contacts. */

const APP = fileURLToPath(new URL('../support/app-child.ts', import.meta.url));

const own = closeAfterEach();
afterEach(async () => {
  stopMedia();
  await closeApps();
  await stopPrograms();
});

/** Calls a ticket's owner from a new endpoint. The call lasts until the endpoint closes. */
async function ringAs(name: string, ticket: string, secretKey: Uint8Array = randomBytes(32)) {
  const endpoint = await LiveEndpoint.open({
    ...{ secretKey, bind: '127.0.0.1:0', relay: 'disabled' },
    alpns: ['moq-lite-05'],
  });
  own(endpoint);
  const transport = await endpoint.connect(parseTicket(ticket));
  const session = await Connection.connect(new URL('moq://stranger/'), { transport });
  const status = new Broadcast.Producer();
  const track = status.createTrack('status.json');
  const rename = (name: string): void =>
    track.writeString(JSON.stringify({ name, muted: false, pictureOff: false, sharing: false }));
  rename(name);
  session.publish(Path.from('call-status'), status);
  session.publish(Path.from('call'), new Broadcast.Producer());
  return { endpoint, transport, rename };
}

function changeSettings(app: RunningApp, change: Partial<Settings>): Promise<unknown> {
  return app.core.handlers['settings.change'](change, deadline());
}

function addContact(app: RunningApp, peer: string, name: string): Promise<unknown> {
  return app.core.handlers['contacts.change']({ peer, name, access: 'ask' }, deadline());
}

const rings = (app: RunningApp) => callEvents(app).filter((event) => event === 'in ringing').length;

/** Starts an app in a separate process. Returns a meter that measures the process's event loop and memory. */
async function startAttackedApp(contacts: readonly Contact[], settings: Partial<Settings> = {}) {
  const dataDir = await newDataDir();
  await writeFile(join(dataDir, 'contacts.json'), JSON.stringify(contacts));
  await writeFile(join(dataDir, 'settings.json'), JSON.stringify(settings));
  const program = run(process.execPath, [APP, dataDir, '127.0.0.1:0'], { env: INSPECTOR_ENV });
  const events: Record<string, unknown>[] = [];
  program.onLine((line) => events.push(JSON.parse(line)));
  const ticket = await waitFor('the app', () => events.find(({ event }) => event === 'live')?.ticket);
  const meter = await LoadMeter.open(program);
  own(meter);
  await sleep(500);
  await meter.start();
  return {
    ticket: String(ticket),
    rings: (peer?: string) =>
      events.filter((event) => event.state === 'ringing' && (peer ?? event.peer) === event.peer).length,
    history: async (): Promise<CallRecord[]> =>
      JSON.parse(await readFile(join(dataDir, 'calls.json'), 'utf8').catch(() => '[]')),
    meter,
  };
}

const zalgo = `M${'\u0351\u0334'.repeat(40)}\u3164um`;

describe('protection against strangers who ring', () => {
  it('rings a limited number of times for 60 fresh ids, and still rings for a contact', async () => {
    const friendKey = randomBytes(32);
    const friend = await LiveEndpoint.open({ secretKey: friendKey, bind: '127.0.0.1:0', relay: 'disabled' });
    const peer = friend.id;
    await friend.close();
    const app = await startAttackedApp([{ peer, name: 'Mum', access: 'ask' }]);
    for (let i = 0; i < 60; i += 1) {
      const { endpoint, transport } = await ringAs(zalgo, app.ticket);
      await Promise.race([transport.closed, sleep(100)]);
      await endpoint.close();
    }
    expect(app.rings()).toBeGreaterThan(0);
    expect(app.rings()).toBeLessThanOrEqual(6);
    const history = await app.history();
    expect(history.length).toBeLessThanOrEqual(6 + 20);
    for (const { remoteName } of history) expect([...remoteName].length).toBeLessThanOrEqual(7);
    await ringAs('', app.ticket, friendKey);
    await waitFor('the contact’s ring', () => app.rings(peer) === 1);
    expectBearable(await app.meter.read(), '60 fresh ids');
  }, 120_000);

  it('rings for a contact while 20 strangers are calling', async () => {
    const friendKey = randomBytes(32);
    const friend = await LiveEndpoint.open({ secretKey: friendKey, bind: '127.0.0.1:0', relay: 'disabled' });
    const peer = friend.id;
    await friend.close();
    const app = await startAttackedApp([{ peer, name: 'Mum', access: 'ask' }]);
    const strangers: Awaited<ReturnType<typeof ringAs>>[] = [];
    for (let i = 0; i < 20; i += 1) strangers.push(await ringAs('Mum', app.ticket));
    await waitFor('a ring', () => app.rings() === 1);
    const refused = () => strangers.filter(({ transport }) => transport.closeReason() !== undefined).length;
    // One call rings. Five callers get a busy signal, eight calls are silenced, and the other callers get a
    // busy signal.
    await waitFor('the busy signals', () => refused() === 11);
    const { transport } = await ringAs('', app.ticket, friendKey);
    await waitFor('the contact’s ring', () => app.rings(peer) === 1);
    expect(transport.closeReason()).toBeUndefined();
    expect(refused()).toBe(11);
    expectBearable(await app.meter.read(), '20 strangers');
  }, 60_000);

  it('gives a stranger the same response as if nobody were there, if only contacts can ring', async () => {
    const times = { ringMs: 3_000 };
    const [away, quiet] = [await startApp({ calls: { times } }), await startApp({ calls: { times } })];
    await changeSettings(quiet, { onlyContactsRing: true });
    const answers = [];
    for (const bob of [away, quiet]) {
      const alice = await startApp();
      await changeSettings(alice, { displayName: 'Mum' });
      const startedMs = performance.now();
      await dial(alice, bob);
      const remote = await waitFor('the status', async () => (await alice.state()).calls[0]?.remote);
      const { reason, error, message } = await inState(alice, 'ended');
      expect(performance.now() - startedMs).toBeGreaterThan(times.ringMs - 100);
      answers.push({ reason, error, message: message?.replace(/\(\w+\)/, ''), remote });
      const { callHistory } = await waitFor('the record', async () => {
        const state = await bob.state();
        return state.callHistory.length > 0 && state;
      });
      expect(callHistory).toMatchObject([{ direction: 'in', outcome: 'missed', remoteName: 'Mum' }]);
    }
    expect(answers[1]).toEqual(answers[0]);
    expect([rings(away), rings(quiet)]).toEqual([1, 0]);
    expect((await quiet.state()).calls).toEqual([]);
  }, 30_000);

  it('keeps room for unsaved friends while strangers’ silenced calls ring, and records refused calls', async () => {
    const friendKey = randomBytes(32);
    const friend = await LiveEndpoint.open({ secretKey: friendKey, bind: '127.0.0.1:0', relay: 'disabled' });
    const talk = {
      ...{ id: 'talk', peer: friend.id, remoteName: 'Mum', direction: 'in', startedAtMs: 1, ticket: null },
      ...{ durationMs: 1_000, outcome: 'done' },
    };
    await friend.close();
    const dataDir = await newDataDir();
    await writeFile(join(dataDir, 'calls.json'), JSON.stringify([talk]));
    const bob = await startApp({ dataDir, calls: { limits: { silenced: 2 } } });
    await changeSettings(bob, { onlyContactsRing: true });
    const strangers: Awaited<ReturnType<typeof ringAs>>[] = [];
    for (let i = 0; i < 3; i += 1) strangers.push(await ringAs('', bob.core.callTicket()));
    await waitFor('the refusal', () => strangers[2]?.transport.closeReason()?.reason === 'busy');
    await waitFor('the record', async () => (await bob.state()).callHistory.length === 2);
    expect((await bob.state()).callHistory[0]).toMatchObject({ outcome: 'missed', direction: 'in' });
    const { transport } = await ringAs('', bob.core.callTicket(), friendKey);
    await sleep(1_000);
    expect(transport.closeReason()).toBeUndefined();
    expect(strangers.map((stranger) => stranger.transport.closeReason() === undefined)).toEqual([
      ...[true, true, false],
    ]);
    expect((await bob.state()).calls).toEqual([]);
  }, 30_000);

  it('rings for contacts only, even during a call and with --auto-accept, with --only-contacts', async () => {
    const bob = await startApp({ autoAccept: true, onlyContacts: true });
    await changeSettings(bob, { whenBusy: 'wait' });
    const [alice, carol, dave] = [await startApp(), await startApp(), await startApp()];
    await addContact(bob, alice.core.endpointId, 'Alice');
    await addContact(bob, carol.core.endpointId, 'Carol');
    await startCall(alice, bob).catch(() => undefined);
    await inState(bob, 'active');
    await dial(dave, bob);
    await inState(dave, 'ringing');
    await dial(carol, bob);
    await waitFor('Carol waits', async () => (await bob.state()).waitingCalls.length === 1);
    await sleep(500);
    const state = await bob.state();
    expect(state.waitingCalls).toMatchObject([{ peer: carol.core.endpointId, contactName: 'Carol' }]);
    expect(state.calls).toMatchObject([{ peer: alice.core.endpointId }]);
    expect((await dave.state()).calls).toMatchObject([{ state: 'ringing' }]);
  }, 30_000);

  it('connects immediately when the user calls a stranger whose call is silenced', async () => {
    const [alice, bob] = [await startApp(), await startApp()];
    await changeSettings(bob, { onlyContactsRing: true });
    await dial(alice, bob);
    await inState(alice, 'ringing');
    await dial(bob, alice);
    await inState(bob, 'active');
    await inState(alice, 'active');
  }, 30_000);

  it('keeps a caller’s first name while the call rings, and follows changes once the call is answered', async () => {
    const bob = await startApp();
    const { rename } = await ringAs('', bob.core.callTicket());
    const { id } = await inState(bob, 'ringing');
    const nameIs = (name: string) =>
      waitFor(name, async () => (await bob.state()).calls[0]?.remote?.name === name);
    rename('Jo\u3164');
    await nameIs('Jo');
    for (const name of ['Mum', 'M'.repeat(200), '']) {
      rename(name);
      await sleep(200);
      expect((await bob.state()).calls[0]?.remote?.name).toBe('Jo');
    }
    await accept(bob, id);
    await inState(bob, 'active');
    rename('Joanna');
    await nameIs('Joanna');
  }, 30_000);

  it('reports which contact a stranger’s name looks like, and that a caller is a contact', async () => {
    const bob = await startApp();
    const [mum, stranger] = [await startApp(), await startApp()];
    await addContact(bob, mum.core.endpointId, 'Mum');
    await changeSettings(stranger, { displayName: 'М\u3164u\u0334m' });
    const out = await dial(stranger, bob);
    await waitFor('the name', async () => (await bob.state()).calls[0]?.remote?.name);
    expect((await bob.state()).calls).toMatchObject([{ contactName: null, resembles: 'Mum' }]);
    await hangUp(stranger, out);
    const { id } = await inState(bob, 'ended');
    await bob.core.handlers['call.dismiss']({ id }, deadline());
    await dial(mum, bob);
    const call = await inState(bob, 'ringing');
    expect(call).toMatchObject({ contactName: 'Mum', resembles: null });
    await accept(bob, call.id);
    const marks = bob.events.flatMap((event) =>
      event.event === 'call' ? [[event.peer, event.contact]] : [],
    );
    const ids = [stranger.core.endpointId, mum.core.endpointId];
    expect(marks).toEqual([...Array(2).fill([ids[0], false]), ...Array(2).fill([ids[1], true])]);
  }, 30_000);
});
