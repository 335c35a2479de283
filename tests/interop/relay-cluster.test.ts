import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Connection, Path } from 'moq-net';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { LIVE_PREFIX } from '../../common/bridge/bridge.ts';
import { formatTicket, parseTicket } from '../../common/ticket/ticket.ts';
import { withMembers } from '../../main/base/with-members.ts';
import { SessionVersion } from '../../main/moq/lite-version.ts';
import { interceptRequests, type PathRequest } from '../../main/moq/request-interceptor.ts';
import { CLUSTER_SECRET_FILE } from '../../main/relay/cluster/cluster-secret.ts';
import { dialWebSocket } from '../../main/transport/web-socket.ts';
import { removeDataDirs, startAppProcess } from '../support/app-process.ts';
import { closeApps, type RunningApp, startApp, windowOf } from '../support/apps.ts';
import { launchChromium, readFrameNumber } from '../support/browser.ts';
import { closeAfterEach } from '../support/own.ts';
import { run, stopPrograms } from '../support/processes.ts';
import { startRelayProcess } from '../support/relay-process.ts';
import { type Client, startRelay, type TestRelay, waitUntilAnnounced } from '../support/relays.ts';
import { NumberedBroadcast, readNumbers } from '../support/sessions.ts';
import { serveMoqWatch } from '../support/static-site.ts';
import { freePort, sleep, waitFor } from '../support/wait.ts';

/**
 * Tests two real moq-relays in a cluster (the edges) with this relay as their gateway. The publisher is
 * outside the cluster, and the viewers connect to the edges.
 */
const program = join(process.env.PEERS_DIR ?? '', 'moq-relay');
const missing = !existsSync(program);

afterEach(async () => {
  await closeApps();
  await stopPrograms();
});
const own = closeAfterEach();

/** Starts a moq-relay on loopback, as an edge of a cluster. Resolves to its URL once it responds. */
async function startEdge(port: number, args: readonly string[]): Promise<string> {
  const edge = run(program, [
    ...['--listen', `127.0.0.1:${port}`, '--listen-tls-generate', 'localhost'],
    ...['--web-http-listen', `127.0.0.1:${port}`, '--cluster-lan=false', '--connect-tls-insecure', ...args],
  ]);
  const url = `http://127.0.0.1:${port}/`;
  await waitFor(
    'the edge',
    async () => {
      if (edge.child.exitCode !== null) throw new Error(edge.stderr());
      return (await fetch(new URL('/certificate.sha256', url)).catch(() => undefined))?.ok;
    },
    15_000,
  );
  return url;
}

interface TestCluster {
  gateway: TestRelay;
  /** Restarts the gateway with the same address and data folder. */
  restart(): Promise<void>;
  /** The URL of the edge to which the gateway publishes its broadcasts. */
  near: string;
  /** The URL of the edge that receives the gateway's broadcasts through `near`. */
  far: string;
}

async function startCluster(args: readonly string[] = ['--allow-pull']): Promise<TestCluster> {
  const port = await freePort();
  const dataDir = await mkdtemp(join(tmpdir(), 'iroh-live-gateway-'));
  own({ close: () => rm(dataDir, { recursive: true, force: true }) });
  const start = async (httpBind: string) =>
    own(
      await startRelay(
        [
          ...['--allow-private-addresses', '--cluster', `http://127.0.0.1:${port}/`],
          ...['--http-bind', httpBind, ...args],
        ],
        { keepDataDir: dataDir },
      ),
    );
  const gateway = await start('127.0.0.1:0');
  const secret = (await readFile(join(dataDir, CLUSTER_SECRET_FILE), 'utf8')).trim();
  const auth = ['--auth-url', new URL(`/cluster/auth?secret=${secret}`, gateway.relay.http).href];
  const near = await startEdge(port, auth);
  const neighbour = `https://localhost:${port}/?secret=${secret}`;
  const far = await startEdge(await freePort(), [...auth, '--cluster-connect', neighbour]);
  const restart = async () => {
    const { host } = new URL(gateway.relay.http);
    await gateway.close();
    await start(host);
  };
  return { gateway, restart, near, far };
}

/** Opens a session with an edge of the cluster, like a player. */
async function viewer(edge: string, query = ''): Promise<Client> {
  const url = new URL(query, edge);
  const signal = AbortSignal.timeout(15_000);
  const transport = await dialWebSocket(url, signal);
  const established = await Connection.connect(url, { transport, signal });
  const close = async () => {
    established.close();
    transport.close();
  };
  return own({ established, transport, close });
}

const viewerOf = (edge: string, ticket: string) => viewer(edge, `?name=${encodeURIComponent(ticket)}`);

async function read(client: Client, path: string): Promise<number[]> {
  await waitUntilAnnounced(client, path);
  return readNumbers(client.established.consume(Path.from(path)).subscribe('video'), 5);
}

/** Starts an app that publishes a broadcast. Resolves to the app, the broadcast and its ticket. */
async function goLive(name: string): Promise<{ app: RunningApp; source: NumberedBroadcast; ticket: string }> {
  const app = await startApp();
  const source = own(new NumberedBroadcast());
  (await windowOf(app)).publish(Path.from(LIVE_PREFIX, name), source.producer);
  const ticket = await waitFor('the ticket', async () => (await app.state()).broadcasts[0]?.ticket);
  return { app, source, ticket };
}

const openTracks = (source: NumberedBroadcast) => source.tracks.filter((track) => track.used.peek()).length;

describe.skipIf(missing)('a gateway of two moq-relays', () => {
  it('pulls a ticket once for viewers at any edge, and releases it after the last viewer has left', async () => {
    const { gateway, near, far } = await startCluster();
    const { app, source, ticket } = await goLive('hello');
    const viewers = await Promise.all([viewerOf(far, ticket), viewerOf(far, ticket), viewerOf(near, ticket)]);
    for (const seen of await Promise.all(viewers.map((client) => read(client, ticket)))) {
      expect(seen).toHaveLength(5);
      expect(seen.every((number, i) => i === 0 || number > (seen[i - 1] ?? 0))).toBe(true);
    }
    expect(openTracks(source)).toBe(1);
    await waitFor(
      'one viewer at the publisher',
      async () => (await app.state()).broadcasts[0]?.viewers === 1,
    );
    const states = () => gateway.events.flatMap((event) => (event.event === 'pull' ? event.state : []));
    // The cluster counts as one reader, however many viewers it has.
    expect(gateway.events.findLast(({ event }) => event === 'pull')).toMatchObject({ ticket, readers: 1 });

    await viewers[0]?.close();
    await viewers[2]?.close();
    await sleep(1_000);
    expect(states()).not.toContain('released');
    await viewers[1]?.close();
    await waitFor('released', () => states().includes('released'), 10_000);
    await waitFor('the end of all subscriptions', () => openTracks(source) === 0);
  }, 90_000);

  it('accepts the ticket without its scheme, and shows a ticket only to sessions that name it', async () => {
    const { far } = await startCluster(['--allow-pull', '--public-read', 'rooms']);
    const { ticket } = await goLive('hello');
    const { broadcastName, ...address } = parseTicket(ticket);
    const spelled = formatTicket({ broadcastName, ...address }).replace('iroh-live:', '');
    const friend = await viewerOf(far, spelled);
    expect(await read(friend, spelled)).toHaveLength(5);
    const stranger = await viewer(far);
    const seen = stranger.established.announced();
    const first = await Promise.race([seen.next(), sleep(1_500)]);
    expect(first).toBeUndefined();
    const track = stranger.established.consume(Path.from(ticket)).subscribe('video');
    await expect(readNumbers(track, 1)).rejects.toThrow();
  }, 90_000);

  it('keeps its viewers across a restart, and serves them again after the next revalidation', async () => {
    const { far, restart } = await startCluster();
    const { ticket } = await goLive('hello');
    const client = await viewerOf(far, ticket);
    expect(await read(client, ticket)).toHaveLength(5);
    const seen = client.established.announced(Path.from(ticket));
    expect(await seen.next()).toMatchObject({ active: true });
    await restart();
    expect(await seen.next()).toMatchObject({ active: false });
    expect(await seen.next()).toMatchObject({ active: true });
    const track = client.established.consume(Path.from(ticket)).subscribe('video');
    expect(await readNumbers(track, 5)).toHaveLength(5);
  }, 90_000);

  it('publishes its broadcasts into the cluster, and refuses sessions without permission', async () => {
    const { gateway, far } = await startCluster(['--public', 'rooms']);
    const { ticket } = await goLive('hello');
    // This gateway does not pull tickets.
    const refused = await viewerOf(far, ticket);
    expect(await Promise.race([refused.established.announced().next(), sleep(1_500)])).toBeUndefined();
    expect(gateway.events).toEqual([]);
    const elsewhere = viewer(far, 'other').then((client) => read(client, 'talk'));
    await expect(elsewhere).rejects.toThrow();

    const source = own(new NumberedBroadcast());
    const publisher = await viewer(gateway.relay.http, 'rooms/one');
    publisher.established.publish(Path.from('talk'), source.producer);
    const client = await viewer(far, 'rooms/one');
    expect(await read(client, 'talk')).toHaveLength(5);
  }, 90_000);

  it('lets nobody impersonate a ticket’s publisher, even where everyone may publish', async () => {
    const { near, far } = await startCluster(['--allow-pull', '--public', '*']);
    const { ticket } = await goLive('hello');
    const impostor = own(new NumberedBroadcast());
    const publisher = await viewer(near);
    publisher.established.publish(Path.from(ticket), impostor.producer);
    await sleep(1_000);
    expect(await read(await viewerOf(far, ticket), ticket)).toHaveLength(5);
    expect(await read(await viewerOf(near, ticket), ticket)).toHaveLength(5);
    expect(impostor.requests).toBe(0);
  }, 90_000);
});

describe.skipIf(missing)('browsers at a cluster', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser?.close();
    removeDataDirs();
  });

  async function open(url: string): Promise<Page> {
    const page = await browser.newPage();
    await page.goto(url);
    return page;
  }

  async function waitUntilPlaying(page: Page): Promise<void> {
    const frames = new Set<number>();
    const isPlaying = async () => {
      const frame = await readFrameNumber(page);
      if (frame !== null) frames.add(frame);
      return frames.size > 5;
    };
    await waitFor('changing video frames', isPlaying, 30_000);
  }

  it('play a ticket on the gateway’s page and in a player at an edge, with a single pull', async () => {
    const port = await freePort();
    const gateway = await startRelayProcess({
      options: [...['--allow-pull', '--allow-private-addresses', '--cluster', `http://127.0.0.1:${port}/`]],
    });
    const secret = (await readFile(join(gateway.dataDir, CLUSTER_SECRET_FILE), 'utf8')).trim();
    const auth = new URL(`/cluster/auth?secret=${secret}`, gateway.url).href;
    const edge = await startEdge(port, ['--auth-url', auth]);
    const app = await startAppProcess({ args: ['--autostart', 'test'] });
    const window = await open(app.ready.url);
    const { ticket } = await app.event('live', 30_000);
    const query = `?name=${encodeURIComponent(ticket)}`;

    // The edge is a moq-relay, which serves no web pages.
    expect((await fetch(new URL(query, edge))).status).toBe(404);
    const onGateway = await open(new URL(query, gateway.url).href);
    await waitUntilPlaying(onGateway);

    const site = own(await serveMoqWatch(new URL(query, edge).href, ticket));
    await waitUntilPlaying(await open(site.url));
    await waitUntilPlaying(onGateway);
    const states = gateway.events.flatMap(({ event, state }) => (event === 'pull' ? [state] : []));
    // The publisher was dialed only once.
    expect(new Set(states.slice(states.indexOf('live')))).toEqual(new Set(['live']));
    // The page and the cluster each count as one viewer. The relay reports this total to the publisher.
    const viewers = () => window.getByTestId('viewers').getAttribute('data-count');
    await waitFor('two viewers', async () => (await viewers()) === '2', 10_000);
    expect(gateway.events.findLast(({ event }) => event === 'pull')).toMatchObject({
      state: 'live',
      readers: 2,
    });
  }, 120_000);
});

describe.skipIf(missing)('a moq-relay without --auth-url', () => {
  it('does not forward subscriptions to unannounced broadcasts, so gateways need authorization requests', async () => {
    const url = new URL(await startEdge(await freePort(), ['--auth-public', '**']));
    const signal = AbortSignal.timeout(15_000);
    const requests: PathRequest[] = [];
    const inner = await dialWebSocket(url, signal);
    const tapped = interceptRequests(inner.incomingBidirectionalStreams, {
      version: new SessionVersion(inner.protocol),
      listener: (request) => void requests.push(request),
    });
    const transport = withMembers(inner, { incomingBidirectionalStreams: tapped });
    own(await Connection.connect(url, { transport, signal }));
    await waitFor('its only request', () => requests.length > 0);

    const client = await viewer(url.href);
    client.established
      .announced(Path.from('wanted'))
      .next()
      .catch(() => undefined);
    const track = client.established.consume(Path.from('wanted')).subscribe('video');
    await expect(readNumbers(track, 1)).rejects.toThrow();
    await sleep(500);
    expect(requests.map(({ kind, path }) => [kind, path])).toEqual([['announce', '']]);
  }, 30_000);
});
