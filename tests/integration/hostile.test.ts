import { Broadcast, Path } from 'moq-net';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { captureConsole } from '../../main/base/log.ts';
import { closeApps, type RunningApp, startApp, windowOf } from '../support/apps.ts';
import {
  acceptSession,
  childPath,
  encode,
  type HostilePeer,
  serveForgedGroups,
  startHostilePeer,
} from '../support/hostile.ts';
import { NumberedBroadcast, readNumbers } from '../support/sessions.ts';
import { sleep, waitFor } from '../support/wait.ts';

// The libraries of a peer that announces 100,000 broadcasts print a line for each.
afterAll(captureConsole());

const peers: HostilePeer[] = [];
afterEach(async () => {
  await closeApps();
  await Promise.all(peers.splice(0).map((peer) => peer.close()));
});

async function meet(...args: Parameters<typeof startHostilePeer>): Promise<HostilePeer> {
  const peer = await startHostilePeer(...args);
  peers.push(peer);
  return peer;
}

/** Requests a peer's broadcast, like a window. */
async function watch(app: RunningApp, ticket: string) {
  const window = await windowOf(app);
  return { window, seen: window.announced(Path.from(ticket)) };
}

/** Checks that the app still forwards a broadcast between two of its windows. */
async function expectStillServing(app: RunningApp): Promise<void> {
  const window = await windowOf(app);
  const numbers = new NumberedBroadcast();
  window.publish(Path.from('live/good'), numbers.producer);
  const reader = await windowOf(app);
  await waitFor('live', () => app.events.some((event) => event.event === 'live'));
  expect(await readNumbers(reader.consume(Path.from('live/good')).subscribe('video'), 3)).toHaveLength(3);
  numbers.close();
}

function heapMb(): number {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return (heapUsed + arrayBuffers) / 1_000_000;
}

describe('protection against a hostile peer', () => {
  it('keeps waiting for a peer that connects and sends nothing, and the app can still close', async () => {
    const peer = await meet(() => undefined);
    const app = await startApp();
    await watch(app, peer.ticket);
    await waitFor('waiting', async () => (await app.pull(peer.ticket))?.state === 'waiting');
    await expectStillServing(app);
    const since = performance.now();
    await app.core.close();
    expect(performance.now() - since).toBeLessThan(3_500);
  });

  it('disconnects a peer that announces 100,000 broadcasts, and dials again with back-off and bounded memory', async () => {
    const peer = await meet(async (incoming) => {
      const session = await acceptSession(incoming);
      for (let i = 0; i < 100_000; i += 1) session.publish(childPath(i), new Broadcast.Producer());
    });
    const app = await startApp();
    const before = heapMb();
    await watch(app, peer.ticket);
    await waitFor('disconnected', async () => (await app.pull(peer.ticket))?.state === 'failed', 90_000);
    expect(await app.pull(peer.ticket)).toMatchObject({ failure: 'lost' });
    await expectStillServing(app);
    expect(peer.connections).toBeLessThan(6);
    // The peer runs in this process, and its 100,000 broadcasts account for most of the memory.
    expect(heapMb() - before).toBeLessThan(1_500);
  }, 150_000);

  it('refuses a group that declares a frame of 1 GB before buffering it', async () => {
    const peer = await meet(
      (incoming) =>
        serveForgedGroups(incoming, async (write) => {
          await write(encode(2 ** 30));
          for (let i = 0; i < 4_000; i += 1) await write(new Uint8Array(256 * 1024));
        }),
      ['moq-lite-03'],
    );
    const app = await startApp();
    const { window, seen } = await watch(app, peer.ticket);
    expect(await seen.next()).toEqual({ path: '', active: true });
    const before = heapMb();
    const track = window.consume(Path.from(peer.ticket)).subscribe('video');
    const group = await Promise.race([track.recvGroup(), sleep(3_000)]);
    const frame = await Promise.race([group?.readFrame().catch(() => undefined), sleep(3_000)]);
    expect(frame).toBeUndefined();
    expect(heapMb() - before).toBeLessThan(200);
    await expectStillServing(app);
  });

  it('isolates a peer that sends garbage on every stream', async () => {
    const peer = await meet(async (incoming) => {
      for (let i = 0; i < 50; i += 1) {
        const uni = (await incoming.transport.createUnidirectionalStream()).getWriter();
        await uni.write(crypto.getRandomValues(new Uint8Array(1_000)));
        const bidi = await incoming.transport.createBidirectionalStream();
        await bidi.writable.getWriter().write(crypto.getRandomValues(new Uint8Array(1_000)));
      }
    });
    const app = await startApp();
    await watch(app, peer.ticket);
    await sleep(1_000);
    await expectStillServing(app);
  });

  it('dials again with growing back-off if a peer closes every connection immediately', async () => {
    const peer = await meet((incoming) => incoming.transport.close({ closeCode: 1, reason: 'rejected' }));
    const app = await startApp();
    await watch(app, peer.ticket);
    await sleep(5_000);
    expect(peer.connections).toBeGreaterThan(1);
    expect(peer.connections).toBeLessThan(6);
    expect((await app.pull(peer.ticket))?.state).toMatch(/failed|connecting/);
  });
});
