import { Connection, Path } from 'moq-net';
import { afterEach, describe, expect, it } from 'vitest';
import type { JsonEvent } from '../../main/json-events.ts';
import { closeApps, type RunningApp, startApp, windowOf } from '../support/apps.ts';
import { Numbers, readNumbers } from '../support/sessions.ts';
import { waitFor } from '../support/wait.ts';

const made: { close(): unknown }[] = [];
afterEach(async () => {
  for (const thing of made.splice(0)) thing.close();
  await closeApps();
});

function live(window: Connection.Established, name = 'hello'): Numbers {
  const numbers = new Numbers();
  made.push(numbers);
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

describe('two apps over iroh on loopback', () => {
  it('one publishes, the other reads it by its ticket', async () => {
    const alice = await startApp();
    const bob = await startApp();
    const source = live(await windowOf(alice));
    const ticket = await liveTicket(alice);
    const bobs = await windowOf(bob);
    const track = bobs.consume(Path.from(ticket)).subscribe('video', { priority: 10 });
    expect(await readNumbers(track, 30)).toHaveLength(30);
    expect(source.tracks.filter((each) => each.used.peek())).toHaveLength(1);
    const state = await alice.core.handlers['app.state'](null, AbortSignal.timeout(1_000));
    expect(state.broadcasts).toMatchObject([{ name: 'hello', viewers: 1 }]);
  });

  it('50 tickets at once to one peer make one connection', async () => {
    const alice = await startApp();
    const bob = await startApp();
    const window = await windowOf(alice);
    const names = Array.from({ length: 50 }, (_, i) => `show-${i}`);
    for (const name of names) live(window, name);
    const tickets = await Promise.all(names.map((name) => liveTicket(alice, name)));
    const bobs = await windowOf(bob);
    const read = await Promise.all(
      tickets.map((ticket) => readNumbers(bobs.consume(Path.from(ticket)).subscribe('video'), 3)),
    );
    expect(read).toHaveLength(50);
    expect(alice.incoming()).toBe(1);
  }, 30_000);

  it('ends and resumes when the publisher stops and starts, and when its app restarts', async () => {
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

    await alice.core.close();
    expect(await seen.next()).toEqual({ path: '', active: false });
    const again = await startApp({ dataDir: alice.dataDir, irohBind: alice.bind });
    expect(again.core.endpointId).toBe(alice.core.endpointId);
    live(await windowOf(again));
    expect(await seen.next()).toEqual({ path: '', active: true });
    const track = bobs.consume(Path.from(ticket)).subscribe('video');
    expect(await readNumbers(track, 3)).toHaveLength(3);
  }, 40_000);

  it('says within 10 s that a friend who is not there seems to be offline', async () => {
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
  }, 20_000);

  it('gives a ticket with local addresses at once, without any relay', async () => {
    const alice = await startApp();
    const since = performance.now();
    live(await windowOf(alice));
    const ticket = await liveTicket(alice);
    expect(performance.now() - since).toBeLessThan(3_000);
    const { parseTicket } = await import('../../common/ticket.ts');
    expect(parseTicket(ticket).ipAddrs.length).toBeGreaterThan(0);
  });

  it('closes everything it opened', async () => {
    const alice = await startApp();
    const bob = await startApp();
    live(await windowOf(alice));
    const ticket = await liveTicket(alice);
    const bobs = await windowOf(bob);
    await readNumbers(bobs.consume(Path.from(ticket)).subscribe('video'), 3);
    await Promise.all([alice.core.close(), bob.core.close()]);
    await Promise.race([bobs.closed, new Promise((_, reject) => setTimeout(() => reject(new Error('open')), 3_000))]);
  });
});
