import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Path } from 'moq-net';
import { describe, expect, it } from 'vitest';
import { encodeBase64Url } from '../../common/ticket/base-n.ts';
import { encodeEndpointAddr } from '../../common/ticket/endpoint-addr.ts';
import { formatTicket, parseTicket } from '../../common/ticket/ticket.ts';
import { LiveEndpoint } from '../../main/endpoint/endpoint.ts';
import { viewerGrants } from '../../main/origin/grants.ts';
import { Origin } from '../../main/origin/origin.ts';
import { Session } from '../../main/origin/session.ts';
import { closeAfterEach } from '../support/own.ts';
import { run } from '../support/processes.ts';
import {
  type Client,
  openPullReports,
  overWebSocket,
  startRelay,
  type TestRelay,
  waitUntilAnnounced,
} from '../support/relays.ts';
import { NumberedBroadcast, readNumbers } from '../support/sessions.ts';
import { freePort, sleep, waitFor } from '../support/wait.ts';

const own = closeAfterEach();

/** A publisher with a real endpoint, like the one in another user's app. */
class Publisher {
  readonly origin = new Origin();
  readonly sessions: Session[] = [];
  readonly endpoint: LiveEndpoint;
  connections = 0;

  constructor(endpoint: LiveEndpoint) {
    this.endpoint = endpoint;
    endpoint.onConnection(({ transport }) => {
      this.connections += 1;
      const options = { origin: this.origin, grants: viewerGrants('live'), label: 'viewer' };
      void Session.accept(transport, options).then((session) => this.sessions.push(session));
    });
  }

  static async start(secretKey: Uint8Array = randomBytes(32), bind = '127.0.0.1:0'): Promise<Publisher> {
    const endpoint = await LiveEndpoint.open({ secretKey, bind, relay: 'disabled' });
    return own(new Publisher(endpoint));
  }

  publish(name: string, options: { firstTracks?: boolean } = {}): NumberedBroadcast {
    const numbers = own(new NumberedBroadcast(options));
    const source = numbers.producer.consume();
    this.origin.publish(Path.from(`live/${name}`), source, { by: numbers, hasTrackInfo: true });
    return numbers;
  }

  close(): Promise<void> {
    return this.endpoint.close();
  }
}

const PULLING = ['--allow-pull', '--allow-private-addresses'];

async function relayWith(args = PULLING): Promise<TestRelay> {
  return own(await startRelay(args));
}

async function viewer({ relay }: TestRelay): Promise<Client> {
  return own(await overWebSocket(relay.http));
}

const read = (client: Client, path: string, track = 'video') =>
  readNumbers(client.established.consume(Path.from(path)).subscribe(track), 5);

function newEndpointId(): string {
  const key = generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'der' });
  return key.subarray(-32).toString('hex');
}

/** Like a player, waits for the announcement of a path until the client closes. */
function requestPath(client: Client, path: string): void {
  client.established
    .announced(Path.from(path))
    .next()
    .catch(() => undefined);
}

/** Formats a ticket in the legacy encoding, `name@base32`. */
function legacy(ticket: string): string {
  const { broadcastName, ...addr } = parseTicket(ticket);
  const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';
  let bits = '';
  for (const byte of encodeEndpointAddr(addr)) bits += byte.toString(2).padStart(8, '0');
  const letters = bits.match(/.{1,5}/g) ?? [];
  return `${broadcastName}@${letters.map((five) => alphabet[Number.parseInt(five.padEnd(5, '0'), 2)]).join('')}`;
}

describe('a ticket that a relay pulls', () => {
  it('is not delayed by other tickets with false addresses for the same publisher', async () => {
    const publisher = await Publisher.start();
    publisher.publish('hello');
    const relay = await relayWith();
    const ticket = publisher.endpoint.ticketFor('hello');
    const stranger = await viewer(relay);
    for (let i = 0; i < 15; i += 1) {
      const ipAddrs = Array.from({ length: 40 }, (_, n) => `127.0.0.1:${20_000 + 100 * i + n}`);
      const relayUrls = [`http://127.0.0.1:${i + 1}/`];
      const forged = { endpointId: publisher.endpoint.id, relayUrls, ipAddrs, broadcastName: 'hello' };
      requestPath(stranger, formatTicket(forged));
    }
    await sleep(1_000);
    expect(publisher.connections).toBe(0);
    const startedMs = performance.now();
    expect(await read(await viewer(relay), ticket)).toHaveLength(5);
    expect(performance.now() - startedMs).toBeLessThan(2_000);
  });

  it('is dialed although another client has used up the dial budget of its address', async () => {
    const publisher = await Publisher.start();
    publisher.publish('hello');
    const relay = await relayWith();
    const at = async (localAddress: string) =>
      own(await overWebSocket(relay.relay.http, '/', 'moq-lite-05', { localAddress }));
    const stranger = await at('127.0.0.2');
    for (let i = 0; i < 15; i += 1) {
      const endpointId = newEndpointId();
      const ipAddrs = [`127.0.0.1:${20_000 + i}`];
      requestPath(stranger, formatTicket({ endpointId, relayUrls: [], ipAddrs, broadcastName: 'hello' }));
    }
    const refusals = async () =>
      Number(
        /refused_total\{reason="dials"\} (\d+)/.exec(await (await fetch(relay.metricsUrl())).text())?.[1],
      );
    await waitFor('the budget is used up', async () => (await refusals()) > 0);
    const ticket = parseTicket(publisher.endpoint.ticketFor('hello'));
    // Removes the publisher's IPv6 address, because that address has a separate budget.
    const ipAddrs = ticket.ipAddrs.filter((addr) => addr.startsWith('127.'));
    const reading = read(await at('127.0.0.3'), formatTicket({ ...ticket, ipAddrs }));
    // The budget is renewed only after a minute, so this client must have a budget left.
    expect(await Promise.race([reading, sleep(15_000)])).toHaveLength(5);
  });

  it('can be named in a session’s URL, and is announced only to that session', async () => {
    const publisher = await Publisher.start();
    publisher.publish('hello');
    const relay = await relayWith();
    const ticket = publisher.endpoint.ticketFor('hello');
    const client = own(await overWebSocket(relay.relay.http, `/?name=${encodeURIComponent(ticket)}`));
    const everything = client.established.announced();
    const seen = await everything.next();
    everything.close(new Error('seen'));
    expect(seen).toMatchObject({ path: ticket, active: true });
    expect(await read(client, ticket)).toHaveLength(5);
    // Checks that the ticket is not announced to another session.
    const other = (await viewer(relay)).established.announced();
    expect(await Promise.race([other.next(), sleep(500)])).toBeUndefined();
    other.close(new Error('enough'));
  });

  it('needs one connection, and one subscription per track, for ten sessions', async () => {
    const publisher = await Publisher.start();
    const source = publisher.publish('hello');
    const relay = await relayWith();
    const ticket = publisher.endpoint.ticketFor('hello');
    const viewers = await Promise.all(Array.from({ length: 10 }, () => viewer(relay)));
    await Promise.all(viewers.flatMap((client) => [read(client, ticket), read(client, ticket, 'audio')]));
    expect(publisher.connections).toBe(1);
    // All sessions are still subscribed, but each track is open only once. (Players first request a track's
    // properties, which does not open the track.)
    const open = source.tracks.filter(({ used }) => used.peek()).map(({ name }) => name);
    expect(open.filter((name) => name === 'video' || name === 'audio').sort()).toEqual(['audio', 'video']);
    expect(new Set(open).size).toBe(open.length);
    const live = relay.events.filter((event) => event.event === 'pull' && event.state === 'live');
    expect(live.at(-1)).toMatchObject({ ticket });
    await waitFor('an event with ten readers', () =>
      relay.events.some((event) => event.event === 'pull' && event.readers === 10),
    );
  });

  it('gives a second viewer the first tracks without a request to the publisher', async () => {
    const publisher = await Publisher.start();
    const source = publisher.publish('hello', { firstTracks: true });
    const relay = await relayWith();
    const ticket = publisher.endpoint.ticketFor('hello');
    expect(await read(await viewer(relay), ticket, 'video/h264-720p')).toHaveLength(5);
    const requests = () => source.tracks.map(({ name }) => name).sort();
    const before = ['audio/opus', 'catalog.json', 'video/h264-180p', 'video/h264-720p'];
    await waitFor('the first tracks', () => source.requests === before.length);
    expect(requests()).toEqual(before);
    const second = await viewer(relay);
    const names = ['catalog.json', 'video/h264-180p', 'audio/opus'];
    await Promise.all(names.map((name) => read(second, ticket, name)));
    expect(requests()).toEqual(before);
  });

  it('uses one connection for every encoding, and for other tickets with the same endpoint', async () => {
    const publisher = await Publisher.start();
    publisher.publish('hello');
    publisher.publish('other');
    const relay = await relayWith();
    const ticket = publisher.endpoint.ticketFor('hello');
    const spellings = [ticket, ticket.replace('iroh-live:', ''), legacy(ticket)];
    for (const spelling of spellings) {
      const client = await viewer(relay);
      await waitUntilAnnounced(client, spelling);
      expect(await read(client, spelling)).toHaveLength(5);
    }
    expect(await read(await viewer(relay), publisher.endpoint.ticketFor('other'))).toHaveLength(5);
    expect(publisher.connections).toBe(1);
    const tickets = new Set(relay.events.flatMap((event) => (event.event === 'pull' ? [event.ticket] : [])));
    expect([...tickets]).toEqual([ticket, publisher.endpoint.ticketFor('other')]);
  });

  it('is not announced to sessions that did not request it', async () => {
    const publisher = await Publisher.start();
    publisher.publish('hello');
    const relay = await relayWith(['--dev', '--allow-private-addresses']);
    const watching = await viewer(relay);
    await waitUntilAnnounced(watching, publisher.endpoint.ticketFor('hello'));
    const publishing = await viewer(relay);
    const numbers = own(new NumberedBroadcast());
    const stranger = await viewer(relay);
    const seen = stranger.established.announced();
    publishing.established.publish(Path.from('iroh-live:mine/x'), own(new NumberedBroadcast()).producer);
    publishing.established.publish(Path.from('open'), numbers.producer);
    // The stranger's first announcement is the public broadcast, not the ticket or a path that resembles one.
    expect(await seen.next()).toEqual({ path: 'open', active: true });
    seen.close(new Error('done'));
  });

  it('cannot be published by another client, in any encoding and under any root', async () => {
    const publisher = await Publisher.start();
    const relay = await relayWith(['--dev', '--allow-private-addresses']);
    const ticket = publisher.endpoint.ticketFor('hello');
    const spellings = [ticket, ticket.slice('iroh-live:'.length), legacy(ticket)];
    for (const root of ['/', '/room']) {
      const impostor = own(await overWebSocket(relay.relay.http, root));
      const viewing = own(await overWebSocket(relay.relay.http, root));
      const seen = viewing.established.announced();
      for (const path of [...spellings, 'honest']) {
        impostor.established.publish(Path.from(path), own(new NumberedBroadcast()).producer);
      }
      expect(await seen.next()).toEqual({ path: 'honest', active: true });
      seen.close(new Error('done'));
    }
  });

  it('is released after the last reader has left, but not before', async () => {
    const publisher = await Publisher.start();
    publisher.publish('hello');
    const relay = await relayWith();
    const ticket = publisher.endpoint.ticketFor('hello');
    const reports = own(await openPullReports(relay.relay.http, ticket));
    const [first, second] = [await viewer(relay), await viewer(relay)];
    await Promise.all([read(first, ticket), read(second, ticket)]);
    await first.close();
    await sleep(800);
    expect(reports.reports.at(-1)).toMatchObject({ state: 'live', readers: 1, upstream: { kind: 'direct' } });
    await second.close();
    await waitFor('released', () => reports.reports.at(-1)?.state === 'released');
    await waitFor('the connection is closed', () =>
      publisher.sessions.every((session) => session.scope.closed),
    );
    expect(reports.reports[0]).toMatchObject({ state: 'released' });
    expect(relay.events.at(-1)).toMatchObject({ event: 'pull', state: 'released', readers: 0 });
  });

  it('reports failures with a message, and can be pulled again later', async () => {
    const publisher = await Publisher.start();
    const relay = await relayWith();
    const none = publisher.endpoint.ticketFor('nothing');
    const reports = own(await openPullReports(relay.relay.http, none));
    const client = await viewer(relay);
    requestPath(client, none);
    await waitFor('no such broadcast', () => reports.reports.at(-1)?.state === 'waiting');
    expect(reports.reports.at(-1)?.message).toContain('no broadcast with this name');
    publisher.publish('nothing');
    expect(await read(client, none)).toHaveLength(5);

    const away = formatTicket({
      ...parseTicket(none),
      endpointId: await closedEndpointId(),
      broadcastName: 'hello',
    });
    const failing = own(await openPullReports(relay.relay.http, away));
    requestPath(client, away);
    await waitFor('failed', () => failing.reports.at(-1)?.state === 'failed', 15_000);
    expect(failing.reports.at(-1)).toMatchObject({ failure: 'offline' });
    expect(failing.reports.at(-1)?.message).toContain('offline');
  });

  it('resumes when the publisher is killed and restarts', async () => {
    const dataDir = await folder();
    const bind = `127.0.0.1:${await freePort()}`;
    const start = async () => {
      const lines: string[] = [];
      const program = run(process.execPath, ['tests/support/app-child.ts', dataDir, bind]);
      program.onLine((line) => lines.push(line));
      own({ close: () => program.stop() });
      const live = await waitFor(
        'the publisher',
        () => lines.map((line) => JSON.parse(line)).find(({ event }) => event === 'live'),
        20_000,
      );
      return { program, ticket: String(live.ticket) };
    };
    const before = await start();
    const relay = await relayWith();
    const client = await viewer(relay);
    const seen = client.established.announced(Path.from(before.ticket));
    expect(await seen.next()).toEqual({ path: '', active: true });
    const reading = client.established.consume(Path.from(before.ticket)).subscribe('video');
    expect(await readNumbers(reading, 5)).toHaveLength(5);
    await before.program.stop('SIGKILL');
    await start();
    expect(await seen.next()).toEqual({ path: '', active: false });
    expect(await seen.next()).toEqual({ path: '', active: true });
    expect(await read(client, before.ticket)).toHaveLength(5);
    seen.close(new Error('done'));
  }, 60_000);

  it('keeps its endpoint id across restarts', async () => {
    const dataDir = await folder();
    const ids = new Set<string>();
    for (let i = 0; i < 2; i += 1) {
      const relay = await startRelay(PULLING, { keepDataDir: dataDir });
      ids.add(relay.relay.endpointId);
      await relay.close();
    }
    expect(ids.size).toBe(1);
  });
});

describe('a relay that does not pull', () => {
  it('refuses every ticket without --allow-pull', async () => {
    const publisher = await Publisher.start();
    publisher.publish('hello');
    const relay = await relayWith(['--public', '*', '--allow-private-addresses']);
    const client = await viewer(relay);
    await expect(read(client, publisher.endpoint.ticketFor('hello'))).rejects.toThrow();
    await expect(openPullReports(relay.relay.http, publisher.endpoint.ticketFor('hello'))).rejects.toThrow(
      '403',
    );
    expect(publisher.connections).toBe(0);
  });

  it('refuses a ticket with only private addresses', async () => {
    const publisher = await Publisher.start();
    publisher.publish('hello');
    const relay = await relayWith(['--allow-pull']);
    const { port } = publisher.endpoint;
    const { endpointId } = parseTicket(publisher.endpoint.ticketFor('hello'));
    for (const address of [
      `127.0.0.1:${port}`,
      `[::1]:${port}`,
      `[::ffff:127.0.0.1]:${port}`,
      `10.0.0.1:${port}`,
      `169.254.169.254:80`,
      `100.64.0.1:${port}`,
      `[fd00::1]:${port}`,
      `224.0.0.1:${port}`,
      `0.0.0.0:${port}`,
    ]) {
      const ticket = formatTicket({ endpointId, relayUrls: [], ipAddrs: [address], broadcastName: 'hello' });
      const reports = own(await openPullReports(relay.relay.http, ticket));
      const client = await viewer(relay);
      requestPath(client, ticket);
      await waitFor(address, () => reports.reports.at(-1)?.failure === 'private');
      expect(reports.reports.at(-1)?.message).toContain('private network');
      reports.close();
      await client.close();
    }
    const byRelay = { endpointId, relayUrls: ['http://localhost:3340/', 'http://192.168.0.1/'], ipAddrs: [] };
    const ticket = formatTicket({ ...byRelay, broadcastName: 'hello' });
    const reports = own(await openPullReports(relay.relay.http, ticket));
    requestPath(await viewer(relay), ticket);
    await waitFor('the private iroh relay is refused', () => reports.reports.at(-1)?.failure === 'private');
    expect(publisher.connections).toBe(0);
  });

  it('refuses more tickets than a client may pull', async () => {
    const publisher = await Publisher.start();
    for (const name of ['a', 'b', 'c']) publisher.publish(name);
    const relay = await relayWith([...PULLING, '--max-pulls-per-client', '2']);
    const client = await viewer(relay);
    const tickets = ['a', 'b', 'c'].map((name) => publisher.endpoint.ticketFor(name));
    for (const ticket of tickets.slice(0, 2)) await waitUntilAnnounced(client, ticket);
    requestPath(client, tickets[0] ?? '');
    requestPath(client, tickets[1] ?? '');
    const reports = own(await openPullReports(relay.relay.http, tickets[2] ?? ''));
    requestPath(client, tickets[2] ?? '');
    await waitFor('refused', () => reports.reports.at(-1)?.failure === 'overloaded');
    expect(await relayMetrics(relay)).toMatch(/refused_total\{reason="pulls-per-client"\} 1/);
  });
});

async function folder(): Promise<string> {
  const dataDir = await mkdtemp(join(tmpdir(), 'iroh-live-relay-'));
  own({ close: () => rm(dataDir, { recursive: true, force: true }) });
  return dataDir;
}

/** Opens an endpoint, closes it again, and returns its id. */
async function closedEndpointId(): Promise<string> {
  const endpoint = await LiveEndpoint.open({
    secretKey: randomBytes(32),
    bind: '127.0.0.1:0',
    relay: 'disabled',
  });
  await endpoint.close();
  return endpoint.id;
}

async function relayMetrics({ metricsUrl }: TestRelay): Promise<string> {
  return (await fetch(metricsUrl())).text();
}

// Checks the helper `legacy`, which encodes tickets in the format that older apps use.
it('the legacy encoding in these tests is parsed as the same ticket', async () => {
  const publisher = await Publisher.start();
  const ticket = publisher.endpoint.ticketFor('hello');
  expect(formatTicket(parseTicket(legacy(ticket)))).toBe(ticket);
  expect(ticket).toContain(encodeBase64Url(encodeEndpointAddr(parseTicket(ticket))));
});
