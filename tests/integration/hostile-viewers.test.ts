import { randomBytes } from 'node:crypto';
import { Broadcast, Connection, Path } from 'moq-net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { parseTicket } from '../../common/ticket/ticket.ts';
import { LiveEndpoint } from '../../main/endpoint/endpoint.ts';
import { Session } from '../../main/origin/session.ts';
import type { IrohTransport } from '../../main/transport/iroh.ts';
import { requestLists } from '../support/announcement-attack.ts';
import { closeApps, type RunningApp, startApp, windowOf } from '../support/apps.ts';
import { deadline, dial, inState } from '../support/calls.ts';
import { closeAfterEach } from '../support/own.ts';
import { NumberedBroadcast, readNumbers } from '../support/sessions.ts';
import { sleep, waitFor } from '../support/wait.ts';

/**
 * Tests what strangers with a ticket can see in an app, and how many of the app's slots they can occupy. Uses
 * real iroh connections.
 */

const own = closeAfterEach();
afterEach(closeApps);
afterEach(() => vi.restoreAllMocks());

interface Peer {
  endpoint: LiveEndpoint;
  connect(app: RunningApp): Promise<{ transport: IrohTransport; session: Connection.Established }>;
}

/** Opens an endpoint that is bound to the given IP address. */
async function peerAt(ip: string, alpn = 'moq-lite-05'): Promise<Peer> {
  const options = { secretKey: randomBytes(32), bind: `${ip}:0`, relay: 'disabled', alpns: [alpn] };
  const endpoint = own(await LiveEndpoint.open(options));
  return {
    endpoint,
    async connect(app) {
      // A call ticket contains the same addresses as the app's other tickets. Use only the IPv4 addresses,
      // because all peers would have the same address over IPv6.
      const ticket = parseTicket(app.core.callTicket());
      const ipAddrs = ticket.ipAddrs.filter((addr) => addr.startsWith('127.'));
      const transport = await endpoint.connect({ ...ticket, ipAddrs });
      transport.closed.catch(() => undefined);
      const session = await Connection.connect(new URL('moq://stranger/'), { transport });
      return { transport, session };
    },
  };
}

async function goLive(app: RunningApp, ...names: string[]): Promise<void> {
  const window = await windowOf(app);
  for (const name of names) {
    const numbers = new NumberedBroadcast();
    own(numbers);
    window.publish(Path.from(`live/${name}`), numbers.producer);
  }
  await waitFor('live', async () => (await app.state()).broadcasts.length === names.length);
}

const watch = (session: Connection.Established, name: string) =>
  readNumbers(session.consume(Path.from(name)).subscribe('video'), 3);
const block = (app: RunningApp, peer: string) =>
  app.core.handlers['contacts.change']({ peer, name: 'Mallory', access: 'blocked' }, deadline());
const isOpen = (transport: IrohTransport) =>
  Promise.race([transport.closed.then(() => false), sleep(50).then(() => true)]);

/** Connects all peers to the app. Returns the connections that the app keeps open. */
async function occupy(app: RunningApp, peers: Peer[]): Promise<IrohTransport[]> {
  const made = await Promise.allSettled(peers.map((peer) => peer.connect(app)));
  const transports = made.flatMap((result) =>
    result.status === 'fulfilled' ? [result.value.transport] : [],
  );
  await sleep(300);
  const open = await Promise.all(transports.map(isOpen));
  return transports.filter((_, i) => open[i]);
}

describe('a ticket', () => {
  it.each(['moq-lite-03', 'moq-lite-05'])('opens only the broadcast that it names, over %s', async (alpn) => {
    const app = await startApp();
    await goLive(app, 'hello', 'secret-8213');
    const { session } = await (await peerAt('127.0.0.1', alpn)).connect(app);
    const everything = session.announced();
    const part = session.announced(Path.from('secret'));
    const named = session.announced(Path.from('hello'));
    expect(await named.next()).toEqual({ path: '', active: true });
    await watch(session, 'hello');
    const window = await windowOf(app);
    window.publish(Path.from('live/later'), new Broadcast.Producer());
    expect(await Promise.race([everything.next(), part.next(), named.next(), sleep(500)])).toBeUndefined();
    await expect(watch(session, 'secret')).rejects.toThrow();
  });

  it('opens a broadcast that starts after it was opened, and again when it restarts', async () => {
    const app = await startApp();
    const { session } = await (await peerAt('127.0.0.1')).connect(app);
    const seen = session.announced(Path.from('later'));
    const window = await windowOf(app);
    for (let i = 0; i < 2; i += 1) {
      const numbers = new NumberedBroadcast();
      window.publish(Path.from('live/later'), numbers.producer);
      expect(await seen.next()).toEqual({ path: '', active: true });
      await watch(session, 'later');
      numbers.close();
      expect(await seen.next()).toEqual({ path: '', active: false });
    }
  });

  it('opens all broadcasts for viewers such as iroh-live if the app lists them', async () => {
    const app = await startApp({ listBroadcasts: true });
    await goLive(app, 'hello', 'more');
    const { session } = await (await peerAt('127.0.0.1', 'moq-lite-03')).connect(app);
    const seen = session.announced();
    const paths = [(await seen.next())?.path, (await seen.next())?.path];
    expect(paths.sort()).toEqual(['hello', 'more']);
  });

  it('opens all broadcasts while the setting lists them, also for viewers who are already connected', async () => {
    const app = await startApp();
    const list = (listBroadcasts: boolean) =>
      app.core.handlers['settings.change']({ listBroadcasts }, deadline());
    await goLive(app, 'hello', 'more');
    const { session } = await (await peerAt('127.0.0.1', 'moq-lite-05')).connect(app);
    const seen = session.announced();
    expect(await Promise.race([seen.next(), sleep(500)])).toBeUndefined();
    const before = session.announced();
    await list(true);
    const paths = [(await before.next())?.path, (await before.next())?.path];
    expect(paths.sort()).toEqual(['hello', 'more']);
    const later = await (await peerAt('127.0.0.2', 'moq-lite-03')).connect(app);
    expect(await later.session.announced().next()).toMatchObject({ active: true });

    await list(false);
    expect(await before.next()).toMatchObject({ active: false });
    const last = await (await peerAt('127.0.0.3', 'moq-lite-05')).connect(app);
    expect(await Promise.race([last.session.announced().next(), sleep(500)])).toBeUndefined();
    // The viewer can still watch a broadcast by its name.
    await watch(last.session, 'hello');
  });

  it('opens all broadcasts with --list-broadcasts, regardless of the setting', async () => {
    const app = await startApp({ listBroadcasts: true });
    await goLive(app, 'hello');
    await app.core.handlers['settings.change']({ listBroadcasts: false }, deadline());
    const { session } = await (await peerAt('127.0.0.1', 'moq-lite-05')).connect(app);
    expect(await session.announced().next()).toMatchObject({ path: 'hello', active: true });
  });
});

describe('a blocked peer', () => {
  it('is disconnected while it watches, and cannot connect again until it is unblocked', async () => {
    const app = await startApp();
    await goLive(app, 'hello');
    const stranger = await peerAt('127.0.0.1');
    const bystander = await (await peerAt('127.0.0.1')).connect(app);
    const { session, transport } = await stranger.connect(app);
    await watch(session, 'hello');
    await block(app, stranger.endpoint.id);
    expect(await transport.closed).toMatchObject({ closeCode: 1, reason: 'rejected' });
    const again = await stranger.connect(app);
    expect(await again.transport.closed).toMatchObject({ closeCode: 1, reason: 'rejected' });
    expect((await app.state()).broadcasts[0]?.viewers).toBe(0);
    await watch(bystander.session, 'hello');
    const unblocked = { peer: stranger.endpoint.id, name: 'Mallory', access: 'ask' } as const;
    await app.core.handlers['contacts.change'](unblocked, deadline());
    await watch((await stranger.connect(app)).session, 'hello');
  });

  it('is disconnected if it was blocked during its handshake', async () => {
    const app = await startApp();
    await goLive(app, 'hello');
    const stranger = await peerAt('127.0.0.1');
    const accept = Session.accept.bind(Session);
    vi.spyOn(Session, 'accept').mockImplementationOnce(async (...args) => {
      const session = await accept(...args);
      await block(app, stranger.endpoint.id);
      return session;
    });
    const { transport } = await stranger.connect(app);
    expect(await transport.closed).toMatchObject({ closeCode: 1, reason: 'rejected' });
    expect((await app.state()).broadcasts[0]?.viewers).toBe(0);
  });
});

/** With these limits, waiting peers lose their slots after a second. */
const WATCHING_LIMITS = { idleMs: 1_000, waitingMs: 1_000, watchingWindowMs: 1_000 };

describe('slots', () => {
  const slotLimits = { total: 12, reserved: 4, perClient: 5, idleGraceMs: 60_000 };

  it('are shared between addresses, regardless of how many endpoint ids one address has', async () => {
    const app = await startApp({ slotLimits });
    const attackers = await Promise.all(Array.from({ length: 14 }, () => peerAt('127.0.0.2')));
    expect(await occupy(app, attackers)).toHaveLength(slotLimits.perClient);
    await goLive(app, 'hello');
    await watch((await (await peerAt('127.0.0.3')).connect(app)).session, 'hello');
  }, 40_000);

  it('remain for contacts, who can watch and call while strangers have taken all others', async () => {
    const app = await startApp({ slotLimits });
    await goLive(app, 'hello');
    const ips = ['127.0.0.2', '127.0.0.3', '127.0.0.4'];
    const attackers = await Promise.all(Array.from({ length: 15 }, (_, i) => peerAt(ips[i % 3] ?? '')));
    expect(await occupy(app, attackers)).toHaveLength(slotLimits.total - slotLimits.reserved);
    await expect(watch((await (await peerAt('127.0.0.5')).connect(app)).session, 'hello')).rejects.toThrow();
    const friend = await peerAt('127.0.0.2');
    const contact = { peer: friend.endpoint.id, name: 'Anna', access: 'ask' } as const;
    await app.core.handlers['contacts.change'](contact, deadline());
    const { session } = await friend.connect(app);
    await watch(session, 'hello');
    session.publish(Path.from('call'), new Broadcast.Producer());
    expect(await inState(app, 'ringing')).toMatchObject({ peer: friend.endpoint.id });
  }, 40_000);

  it('are lost by peers that read nothing, but not by viewers, and not by calls', async () => {
    const app = await startApp({ slotLimits: { idleMs: 1_000, waitingMs: 2_000 } });
    await goLive(app, 'hello');
    const idle = await (await peerAt('127.0.0.1')).connect(app);
    const lists = await (await peerAt('127.0.0.1')).connect(app);
    await requestLists(lists.transport, 3);
    const waiting = await (await peerAt('127.0.0.1')).connect(app);
    await requestLists(waiting.transport, 1, 'later');
    const watching = await (await peerAt('127.0.0.1')).connect(app);
    const track = watching.session.consume(Path.from('hello')).subscribe('video');
    const keepReading = (async () => {
      while (await track.recvGroup());
    })();
    keepReading.catch(() => undefined);
    const caller = await startApp();
    await dial(caller, app);
    await inState(app, 'ringing');
    const since = performance.now();
    expect(await idle.transport.closed).toMatchObject({ reason: 'nothing was read' });
    await lists.transport.closed;
    expect(await isOpen(waiting.transport)).toBe(true);
    await waiting.transport.closed;
    expect(performance.now() - since).toBeGreaterThan(1_000);
    expect(await isOpen(watching.transport)).toBe(true);
    await inState(app, 'ringing');
  }, 30_000);

  it('are lost by peers that subscribe but receive nothing', async () => {
    const app = await startApp({ slotLimits: WATCHING_LIMITS });
    await goLive(app, 'hello');
    const subscribe = async (options: { startGroup?: number } = {}) => {
      const { session, transport } = await (await peerAt('127.0.0.1')).connect(app);
      const track = session.consume(Path.from('hello')).subscribe('video', options);
      const groups: unknown[] = [];
      const read = async () => {
        for (let group = await track.recvGroup(); group; group = await track.recvGroup()) groups.push(group);
      };
      read().catch(() => undefined);
      return { transport, groups };
    };
    const attacker = await subscribe({ startGroup: 1_000_000_000 });
    const viewer = await subscribe();
    expect(await attacker.transport.closed).toMatchObject({ reason: 'nothing was read' });
    expect(attacker.groups).toEqual([]);
    await sleep(3_000);
    expect(await isOpen(viewer.transport)).toBe(true);
  }, 30_000);

  it('are kept by the viewers of a broadcast that sends almost nothing', async () => {
    const app = await startApp({ slotLimits: WATCHING_LIMITS });
    const numbers = own(new NumberedBroadcast({ everyMs: 500 }));
    (await windowOf(app)).publish(Path.from('live/still'), numbers.producer);
    const { session, transport } = await (await peerAt('127.0.0.1')).connect(app);
    const track = session.consume(Path.from('still')).subscribe('video');
    await readNumbers(track, 10);
    expect(await isOpen(transport)).toBe(true);
    // Now the publisher sends nothing at all, but the subscription stays open.
    numbers.pause();
    await sleep(4_000);
    expect(await isOpen(transport)).toBe(true);
  }, 30_000);
});
