import { connect } from 'node:net';
import { type Key, sign } from '@moq/token';
import { Path } from 'moq-net';
import { beforeAll, describe, expect, it } from 'vitest';
import { runTokenCommand } from '../../main/relay/cli/token-command.ts';
import { closeAfterEach } from '../support/own.ts';
import {
  type Client,
  overIroh,
  overWebSocket,
  startRelay,
  type TestRelay,
  waitUntilAnnounced,
} from '../support/relays.ts';
import { NumberedBroadcast, readNumbers } from '../support/sessions.ts';
import { signingKeyForAll } from '../support/signing-key.ts';
import { sleep, waitFor } from '../support/wait.ts';

/** Tests what a relay's clients are allowed to do, and the limits on them. */
const own = closeAfterEach();

const keyFile = signingKeyForAll();
let key: Key;
beforeAll(async () => {
  key = JSON.parse(await runTokenCommand({ action: 'key', algorithm: 'ES256' }));
});

async function relayWith(...args: string[]): Promise<TestRelay> {
  return own(await startRelay(args));
}

async function token(
  options: { root?: string; get?: string[]; put?: string[]; pull?: boolean; expiresInS?: number } = {},
): Promise<string> {
  const { root = '', get = [], put = [], pull = false, expiresInS } = options;
  return runTokenCommand({ action: 'sign', keyFile: keyFile(), root, get, put, pull, expiresInS });
}

async function session(relay: TestRelay, path: string, jwt?: string): Promise<Client> {
  return own(await overWebSocket(relay.relay.http, `${path}${jwt === undefined ? '' : `?jwt=${jwt}`}`));
}

function publish(client: Client, path: string): void {
  client.established.publish(Path.from(path), own(new NumberedBroadcast()).producer);
}

const metricsOf = async (relay: TestRelay) => (await fetch(relay.metricsUrl())).text();

describe('tokens', () => {
  it('are required for everything by default', async () => {
    const relay = await relayWith();
    await expect(session(relay, '/')).rejects.toThrow('401');
    await expect(
      overIroh(relay.relay.ticketFor('x')).then((client) => waitUntilAnnounced(client, 'x')),
    ).rejects.toThrow();
    const info = await (await fetch(new URL('/relay.json', relay.relay.http))).json();
    expect(info).toMatchObject({ publish: [], read: [], publicRead: [], mayPull: false });
    expect(await metricsOf(relay)).toMatch(/refused_total\{reason="token"\} [1-9]/);
  });

  it('give access only to their paths, as on a moq-relay', async () => {
    const relay = await relayWith('--auth-key', keyFile());
    const writer = await session(relay, '/room', await token({ root: 'room', put: ['cam'] }));
    const reader = await session(relay, '/', await token({ root: 'room', get: [''] }));
    const elsewhere = await session(relay, '/', await token({ root: 'hall', get: [''], put: [''] }));
    publish(writer, 'cam/one');
    publish(writer, 'desk/one');
    publish(elsewhere, 'room/cam/two');
    publish(elsewhere, 'hall/one');
    await waitUntilAnnounced(reader, 'room/cam/one');
    await waitUntilAnnounced(await session(relay, '/hall', await token({ root: 'hall', get: [''] })), 'one');
    const track = reader.established.consume(Path.from('room/cam/one')).subscribe('video');
    expect(await readNumbers(track, 3)).toHaveLength(3);
    for (const path of ['room/desk/one', 'room/cam/two', 'hall/one']) {
      const refused = reader.established.consume(Path.from(path)).subscribe('video');
      await expect(refused.recvGroup()).rejects.toThrow();
    }
    // A session at a path under the token's root gets access only to the broadcasts under that path.
    const deeper = await session(relay, '/room/cam', await token({ root: 'room', get: [''] }));
    await waitUntilAnnounced(deeper, 'one');
  });

  it('are refused if they have a wrong key, have expired, or are for another path', async () => {
    const relay = await relayWith('--auth-key', keyFile());
    await expect(session(relay, '/', await sign(key, { root: '', get: [''] }))).rejects.toThrow('401');
    await expect(session(relay, '/', await token({ get: [''], expiresInS: -60 }))).rejects.toThrow('401');
    await expect(session(relay, '/hall', await token({ root: 'room', get: [''] }))).rejects.toThrow('401');
    await expect(session(relay, '/', 'nonsense')).rejects.toThrow('401');
    await expect(session(relay, '/')).rejects.toThrow('401');
    const info = new URL('/relay.json?jwt=nonsense', relay.relay.http);
    expect((await fetch(info)).status).toBe(401);
  });

  it('end their sessions when they expire', async () => {
    const relay = await relayWith('--auth-key', keyFile());
    const client = await session(relay, '/', await token({ get: [''], expiresInS: 2 }));
    const closed = await client.transport.closed;
    expect(closed).toMatchObject({ closeCode: 3, reason: 'the token has expired' });
  });

  it('end their streams of pull events when they expire', async () => {
    const relay = await relayWith('--auth-key', keyFile());
    const jwt = await token({ get: [''], expiresInS: 2 });
    const name = encodeURIComponent(relay.relay.ticketFor('x'));
    const response = await fetch(new URL(`/pull-events?name=${name}&jwt=${jwt}`, relay.relay.http));
    expect(response.status).toBe(200);
    expect(await response.text()).toContain('"state":"waiting"');
  });

  it('permit pulling tickets only with the `pull` claim', async () => {
    const relay = await relayWith('--auth-key', keyFile(), '--public', 'open');
    const info = async (jwt: string) =>
      (await fetch(new URL(`/relay.json?jwt=${jwt}`, relay.relay.http))).json();
    expect(await info(await token({ pull: true }))).toMatchObject({ mayPull: true, publish: [] });
    expect(await info(await token({ get: [''], put: [''] }))).toMatchObject({
      mayPull: false,
      publish: [''],
    });
    // All paths are relative to the relay's root, not the token's. `publicRead` does not depend on the token.
    expect(await info(await token({ root: 'hall', put: ['cam', 'desk'] }))).toMatchObject({
      publish: ['hall/cam', 'hall/desk'],
      read: [],
      publicRead: ['open'],
    });
    const anonymous = await session(relay, '/open');
    publish(anonymous, 'mine');
    await waitUntilAnnounced(await session(relay, '/'), 'open/mine');
  });

  it('are required for tickets to this relay’s own broadcasts, unless those are public', async () => {
    const relay = await relayWith('--auth-key', keyFile(), '--public', 'open');
    const writer = await session(relay, '/', await token({ put: [''] }));
    publish(writer, 'secret');
    publish(writer, 'open/one');
    const anonymous = await session(relay, '/');
    await waitUntilAnnounced(anonymous, relay.relay.ticketFor('open/one'));
    const hidden = anonymous.established
      .consume(Path.from(relay.relay.ticketFor('secret')))
      .subscribe('video');
    await expect(hidden.recvGroup()).rejects.toThrow();
    const events = new URL(
      `/pull-events?name=${encodeURIComponent(relay.relay.ticketFor('secret'))}`,
      relay.relay.http,
    );
    expect((await fetch(events)).status).toBe(403);
  });

  it('give access to the metrics if they permit reading every path', async () => {
    const relay = await relayWith('--auth-key', keyFile());
    const status = async (jwt: string) =>
      (await fetch(new URL(`/metrics?jwt=${jwt}`, relay.relay.http))).status;
    expect(await status('')).toBe(401);
    expect(await status(await token({ get: ['room'] }))).toBe(403);
    expect(await status(await token({ get: [''] }))).toBe(200);
  });
});

describe('the limits of a relay', () => {
  it('apply to the number of sessions per client and in total', async () => {
    const relay = await relayWith('--public', '*', '--max-sessions-per-client', '2', '--max-sessions', '3');
    const first = await session(relay, '/');
    await session(relay, '/');
    await expect(session(relay, '/')).rejects.toThrow('429');
    // A session over a different transport or with a different endpoint id still counts toward the same
    // client, but one from a different address does not.
    const same = own(await overIroh(relay.relay.ticketFor('x')));
    expect(await same.transport.closed).toMatchObject({ reason: 'too many: sessions-per-client' });
    const peer = own(await overIroh(relay.relay.ticketFor('x'), undefined, '127.0.0.2'));
    publish(peer, 'x');
    await waitUntilAnnounced(first, 'x');
    await first.close();
    const again = async () =>
      session(relay, '/').then(
        () => true,
        () => false,
      );
    await waitFor('the slot is free again', again);
    const late = own(await overIroh(relay.relay.ticketFor('x'), undefined, '127.0.0.3'));
    await late.transport.closed;
    expect(await metricsOf(relay)).toMatch(/refused_total\{reason="sessions-per-client"\} [1-9]/);
  });

  it('close a session with too many announcements', async () => {
    const relay = await relayWith('--public', '*', '--max-announcements', '20');
    const flood = await session(relay, '/');
    for (let i = 0; i < 40; i += 1) publish(flood, `flood/${i}`);
    expect(await flood.transport.closed).toMatchObject({ closeCode: 2, reason: 'too many announcements' });
    expect(await metricsOf(relay)).toMatch(/refused_total\{reason="announcements"\} 1/);
    await waitFor('nothing is left', async () => /relay_broadcasts 0/.test(await metricsOf(relay)));
  });

  it('disconnect a client that exceeds the bandwidth, and no other', async () => {
    const relay = await relayWith('--public', '*', '--max-mbps-per-client', '2.5');
    const peer = own(await overIroh(relay.relay.ticketFor('x'), undefined, '127.0.0.2'));
    // A rate of 1.6 Mbit/s is within the limit of one session, but two sessions of the same client exceed it
    // together.
    peer.established.publish(
      Path.from('show'),
      own(new NumberedBroadcast({ bytes: 20_000, everyMs: 100 })).producer,
    );
    const modest = own(await overIroh(relay.relay.ticketFor('x'), undefined, '127.0.0.3'));
    const greedy = [await session(relay, '/'), await session(relay, '/')];
    const reading = [modest, ...greedy].map(async (client) => {
      await waitUntilAnnounced(client, 'show');
      const track = client.established.consume(Path.from('show')).subscribe('video');
      while (await track.recvGroup());
    });
    const ended = Promise.allSettled(reading);
    for (const client of greedy) {
      expect(await client.transport.closed).toMatchObject({ closeCode: 5, reason: 'too much bandwidth' });
    }
    const track = modest.established.consume(Path.from('show')).subscribe('video');
    expect(await readNumbers(track, 5)).toHaveLength(5);
    expect(await metricsOf(relay)).toMatch(/refused_total\{reason="bandwidth-per-client"\} 1/);
    await Promise.all([peer.close(), modest.close()]);
    await ended;
  }, 40_000);

  it('disconnect a client that never completes its request head', async () => {
    const relay = await relayWith('--public', '*');
    const { port } = new URL(relay.relay.http);
    const socket = connect(Number(port), '127.0.0.1');
    socket.on('error', () => undefined).resume();
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n');
    const startedMs = performance.now();
    await new Promise((resolve) => socket.once('close', resolve));
    expect(performance.now() - startedMs).toBeLessThan(15_000);
    expect((await fetch(new URL('/healthz', relay.relay.http))).status).toBe(200);
  }, 30_000);

  it('leave nothing behind when all clients have disconnected', async () => {
    const relay = await relayWith('--public', '*');
    const clients = await Promise.all(Array.from({ length: 20 }, () => session(relay, '/')));
    for (const [i, client] of clients.entries()) publish(client, `n/${i}`);
    await sleep(200);
    await Promise.all(clients.map((client) => client.close()));
    await waitFor('nothing is left', async () => {
      const text = await metricsOf(relay);
      return /relay_broadcasts 0/.test(text) && /relay_sessions\{transport="websocket"\} 0/.test(text);
    });
  });
});
