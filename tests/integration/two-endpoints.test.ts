import { type Connection, Path } from 'moq-net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { parseTicket } from '../../common/ticket/ticket.ts';
import type { JsonEvent } from '../../main/app/json-events.ts';
import { LiveEndpoint } from '../../main/endpoint/endpoint.ts';
import { closeApps, newDataDir, type RunningApp, startApp, windowOf } from '../support/apps.ts';
import { type Program, run, stopPrograms } from '../support/processes.ts';
import { NumberedBroadcast, readNumbers } from '../support/sessions.ts';
import { freePort, sleep, waitFor } from '../support/wait.ts';

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const opened of open.splice(0)) opened.close();
  await stopPrograms();
  await closeApps();
});

function live(window: Connection.Established, name = 'hello', everyMs = 10): NumberedBroadcast {
  const numbers = new NumberedBroadcast({ everyMs });
  open.push(numbers);
  window.publish(Path.from(`live/${name}`), numbers.producer);
  return numbers;
}

function liveTicket(app: RunningApp, name = 'hello'): Promise<string> {
  return waitFor('live', () => {
    const event = app.events.findLast(
      (candidate): candidate is Extract<JsonEvent, { event: 'live' }> =>
        candidate.event === 'live' && candidate.name === name,
    );
    return event?.ticket;
  });
}

/** Starts an app in a child process that publishes `hello`. */
async function startChild(dataDir: string, bind: string): Promise<{ program: Program; ticket: string }> {
  const program = run(process.execPath, ['tests/support/app-child.ts', dataDir, bind]);
  const lines: string[] = [];
  program.onLine((line) => lines.push(line));
  const ticket = await waitFor(
    `live: ${program.stderr()}`,
    () => lines.map((line) => JSON.parse(line) as JsonEvent).find((event) => event.event === 'live')?.ticket,
    10_000,
  );
  return { program, ticket };
}

describe('two apps over iroh on loopback', () => {
  it('publish a broadcast and read it by its ticket', async () => {
    const alice = await startApp();
    const bob = await startApp();
    const source = live(await windowOf(alice));
    const ticket = await liveTicket(alice);
    const bobs = await windowOf(bob);
    const track = bobs.consume(Path.from(ticket)).subscribe('video', { priority: 10 });
    expect(await readNumbers(track, 30)).toHaveLength(30);
    expect(source.tracks.filter(({ name, used }) => name === 'video' && used.peek())).toHaveLength(1);
    const state = await alice.core.handlers['app.state'](null, AbortSignal.timeout(1_000));
    expect(state.broadcasts).toMatchObject([{ name: 'hello', viewers: 1 }]);
  });

  it('share one connection for 50 concurrent tickets of one peer', async () => {
    const alice = await startApp();
    const bob = await startApp();
    const window = await windowOf(alice);
    const names = Array.from({ length: 50 }, (_, i) => `show-${i}`);
    for (const name of names) live(window, name, 200);
    const tickets = await Promise.all(names.map((name) => liveTicket(alice, name)));
    const bobs = await windowOf(bob);
    const dials = vi.spyOn(LiveEndpoint.prototype, 'connect');
    const read = await Promise.all(
      tickets.map((ticket) => readNumbers(bobs.consume(Path.from(ticket)).subscribe('video'), 3)),
    );
    expect(read).toHaveLength(50);
    expect(dials).toHaveBeenCalledTimes(1);
    dials.mockRestore();
  });

  it('stop and resume watching when the publisher stops and starts', async () => {
    const alice = await startApp();
    const bob = await startApp();
    const first = live(await windowOf(alice));
    const ticket = await liveTicket(alice);
    const bobs = await windowOf(bob);
    const seen = bobs.announced(Path.from(ticket));
    expect(await seen.next()).toEqual({ path: '', active: true });
    first.close();
    expect(await seen.next()).toEqual({ path: '', active: false });
    await waitFor('ended', async () => (await bob.pull(ticket))?.state === 'ended');
    live(await windowOf(alice));
    expect(await seen.next()).toEqual({ path: '', active: true });
    const track = bobs.consume(Path.from(ticket)).subscribe('video');
    expect(await readNumbers(track, 3)).toHaveLength(3);
  });

  it('resume when the publisher’s process is killed and restarted with its data folder', async () => {
    const dataDir = await newDataDir();
    const bind = `127.0.0.1:${await freePort()}`;
    const first = await startChild(dataDir, bind);
    const bob = await startApp();
    const bobs = await windowOf(bob);
    const seen = bobs.announced(Path.from(first.ticket));
    expect(await seen.next()).toEqual({ path: '', active: true });
    const path = Path.from(first.ticket);
    await readNumbers(bobs.consume(path).subscribe('video'), 3);
    await first.program.stop('SIGKILL');
    const again = await startChild(dataDir, bind);
    expect(parseTicket(again.ticket).endpointId).toBe(parseTicket(first.ticket).endpointId);
    expect(await seen.next()).toEqual({ path: '', active: false });
    expect(await seen.next()).toEqual({ path: '', active: true });
    await readNumbers(bobs.consume(path).subscribe('video'), 3);
  }, 60_000);

  it('report an unreachable peer as probably offline within 10 s', async () => {
    const gone = await startApp();
    live(await windowOf(gone));
    const ticket = await liveTicket(gone);
    await gone.core.close();
    const bob = await startApp();
    const bobs = await windowOf(bob);
    const since = performance.now();
    bobs.announced(Path.from(ticket));
    const error = await waitFor('error', () => bob.events.find((event) => event.event === 'error'), 10_000);
    expect(performance.now() - since).toBeLessThan(10_000);
    expect(error).toMatchObject({ event: 'error', ticket });
    expect((error as { message: string }).message).toMatch(/offline/);
    expect(await bob.pull(ticket)).toMatchObject({ state: 'failed', failure: 'offline' });
  });

  it('create a ticket with local addresses immediately, without a relay', async () => {
    const alice = await startApp();
    const since = performance.now();
    live(await windowOf(alice));
    const ticket = await liveTicket(alice);
    expect(performance.now() - since).toBeLessThan(3_000);
    expect(parseTicket(ticket).ipAddrs.length).toBeGreaterThan(0);
  });

  it('keep an idle connection to a peer that is not live yet', async () => {
    const dataDir = await newDataDir();
    const alice = await startApp({ dataDir });
    live(await windowOf(alice), 'other');
    const ticket = (await liveTicket(alice, 'other')).replace(/other$/, 'hello');
    const bob = await startApp();
    const dials = vi.spyOn(LiveEndpoint.prototype, 'connect');
    const seen = (await windowOf(bob)).announced(Path.from(ticket));
    await waitFor('waiting', async () => (await bob.pull(ticket))?.state === 'waiting');
    await sleep(6_000);
    expect(await bob.pull(ticket)).toMatchObject({ state: 'waiting' });
    expect(dials).toHaveBeenCalledTimes(1);
    dials.mockRestore();
    live(await windowOf(alice));
    expect(await seen.next()).toEqual({ path: '', active: true });
  });

  it('bind the same port after a restart, without an option for it', async () => {
    const dataDir = await newDataDir();
    const first = await startChild(dataDir, '127.0.0.1:0');
    await first.program.stop();
    const again = await startChild(dataDir, '127.0.0.1:0');
    const v4 = (ticket: string) => parseTicket(ticket).ipAddrs.filter((addr) => addr.startsWith('127.'));
    expect(v4(again.ticket)).toEqual(v4(first.ticket));
  });

  it('close everything that they opened', async () => {
    const alice = await startApp();
    const bob = await startApp();
    live(await windowOf(alice));
    const ticket = await liveTicket(alice);
    const bobs = await windowOf(bob);
    await readNumbers(bobs.consume(Path.from(ticket)).subscribe('video'), 3);
    await Promise.all([alice.core.close(), bob.core.close()]);
    await Promise.race([
      bobs.closed,
      new Promise((_, reject) => setTimeout(() => reject(new Error('open')), 3_000)),
    ]);
  });
});
