import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Connection, Path } from 'moq-net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type BroadcastState, LIVE_PREFIX } from '../../common/bridge/bridge.ts';
import { formatTicket } from '../../common/ticket/ticket.ts';
import { makeSelfSigned } from '../../main/relay/certificates/self-signed.ts';
import { runTokenCommand } from '../../main/relay/cli/token-command.ts';
import { dialWebSocket } from '../../main/transport/web-socket.ts';
import { closeApps, type RunningApp, startApp, windowOf } from '../support/apps.ts';
import { type Program, run, stopPrograms } from '../support/processes.ts';
import { startRelayProcess } from '../support/relay-process.ts';
import {
  findAddon,
  overWebSocket,
  startRelay as startTestRelay,
  waitUntilAnnounced,
} from '../support/relays.ts';
import { NumberedBroadcast, readNumbers } from '../support/sessions.ts';
import { freePort, waitFor } from '../support/wait.ts';

const peers = process.env.PEERS_DIR ?? '';
const missing = !existsSync(join(peers, 'moq-relay'));

const numbers: NumberedBroadcast[] = [];
afterEach(async () => {
  for (const each of numbers.splice(0)) each.close();
  await closeApps();
  await stopPrograms();
});

interface Relay {
  program: Program;
  url: string;
  endpointId: string;
  irohAddr: string;
}

interface RelayPlace {
  port: number;
  irohPort: number;
  key: string;
}

/** Starts a moq-relay on loopback. By default, it permits everything to everyone; `auth` overrides that. */
async function startRelay(place: RelayPlace, auth = ['--auth-public', '**']): Promise<Relay> {
  const { port, irohPort, key } = place;
  const program = run(join(peers, 'moq-relay'), [
    ...['--listen', `127.0.0.1:${port}`, '--listen-tls-generate', 'localhost'],
    ...['--web-http-listen', `127.0.0.1:${port}`, ...auth],
    ...['--iroh-enabled', '--iroh-bind-v4', `127.0.0.1:${irohPort}`, '--iroh-disable-relay'],
    ...['--iroh-secret', key, '--cluster-lan=false'],
  ]);
  let output = '';
  program.onLine((line) => {
    output += line;
  });
  const endpointId = await waitFor(
    'the relay’s endpoint id',
    // The log contains color codes between the parts of `endpoint_id=…`.
    () => /endpoint_id[^=]*=.*?([0-9a-f]{64})/.exec(output + program.stderr())?.[1],
    10_000,
  );
  const url = `http://127.0.0.1:${port}/`;
  // The relay logs its endpoint id before the endpoint accepts connections, so wait until it responds.
  const answers = () =>
    fetch(url).then(
      () => true,
      () => false,
    );
  await waitFor('the relay’s HTTP', answers, 10_000);
  return { program, url, endpointId, irohAddr: `127.0.0.1:${irohPort}` };
}

async function change(app: RunningApp, patch: Record<string, unknown>): Promise<void> {
  await app.core.handlers['settings.change'](patch, AbortSignal.timeout(5_000));
}

async function pushOf(app: RunningApp): Promise<BroadcastState['push'] | undefined> {
  return (await app.state()).broadcasts[0]?.push;
}

function pushed(app: RunningApp, name: string, state: string): Promise<true> {
  return waitFor(
    `push ${state}`,
    async () => {
      const { broadcasts } = await app.state();
      return broadcasts.find((each) => each.name === name)?.push?.state === state;
    },
    20_000,
  );
}

/** Starts an app with a window that publishes numbers. */
async function goLive(name: string): Promise<{ app: RunningApp; source: NumberedBroadcast }> {
  const app = await startApp();
  const source = new NumberedBroadcast();
  numbers.push(source);
  (await windowOf(app)).publish(Path.from(LIVE_PREFIX, name), source.producer);
  await waitFor('the broadcast', async () => (await app.state()).broadcasts.length === 1);
  return { app, source };
}

/** Subscribes to the numbers at a path on the relay, as another client would. */
async function openAt(relay: Relay, path: string): Promise<{ read(): Promise<number[]>; close(): void }> {
  const url = new URL(relay.url);
  const signal = AbortSignal.timeout(15_000);
  const client = await Connection.connect(url, { transport: await dialWebSocket(url, signal), signal });
  const announced = client.announced();
  for (;;) {
    const event = await announced.next();
    if (!event) throw new Error('the relay went away');
    if (event.active && event.path === path) break;
  }
  const track = client.consume(Path.from(path)).subscribe('numbers');
  return { read: () => readNumbers(track, 3), close: () => client.close() };
}

async function readAt(relay: Relay, path: string): Promise<number[]> {
  const reader = await openAt(relay, path);
  const seen = await reader.read();
  reader.close();
  return seen;
}

describe.skipIf(missing)('pushing to the moq project’s relay', () => {
  let place: RelayPlace;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'iroh-live-push-'));
    place = { port: await freePort(), irohPort: await freePort(), key: join(folder, 'relay.key') };
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('pushes over WebSocket, and uploads once for all readers on the relay', async () => {
    const relay = await startRelay(place);
    const { app, source } = await goLive('hello');
    await change(app, { pushTo: relay.url, pushing: true });
    await pushed(app, 'hello', 'live');

    const readers = await Promise.all(Array.from({ length: 4 }, () => openAt(relay, 'hello')));
    for (const reader of readers) expect(await reader.read()).toHaveLength(3);
    for (const reader of readers) expect(await reader.read()).toHaveLength(3);
    // The relay may send a separate request for the track's properties.
    expect(source.requests).toBeLessThanOrEqual(2);
    await waitFor('upload', async () => ((await app.state()).broadcasts[0]?.uploadBps ?? 0) > 0);
  }, 60_000);

  it('removes the broadcast from the relay when pushing is switched off', async () => {
    const relay = await startRelay(place);
    const { app } = await goLive('hello');
    await change(app, { pushTo: relay.url, pushing: true });
    await pushed(app, 'hello', 'live');
    const url = new URL(relay.url);
    const signal = AbortSignal.timeout(20_000);
    const client = await Connection.connect(url, { transport: await dialWebSocket(url, signal), signal });
    const announced = client.announced();
    expect(await announced.next()).toMatchObject({ path: 'hello', active: true });
    await change(app, { pushing: false });
    expect((await app.state()).broadcasts[0]?.push).toBeNull();
    expect(await announced.next()).toMatchObject({ path: 'hello', active: false });
    client.close();
  }, 60_000);

  it('pushes over iroh to the endpoint of a ticket', async () => {
    const relay = await startRelay(place);
    const { app } = await goLive('hello');
    const ticket = formatTicket({
      endpointId: relay.endpointId,
      relayUrls: [],
      ipAddrs: [relay.irohAddr],
      broadcastName: 'any',
    });
    await change(app, { pushTo: ticket, pushing: true });
    await pushed(app, 'hello', 'live');
    expect(await readAt(relay, 'hello')).toHaveLength(3);
  }, 60_000);

  it('reports that the relay does not respond, retries, and recovers when the relay is back', async () => {
    const { app } = await goLive('hello');
    await change(app, { pushTo: `http://127.0.0.1:${place.port}/`, pushing: true });
    await pushed(app, 'hello', 'failed');
    expect((await app.state()).broadcasts[0]?.push?.message).toMatch(/is not responding/);
    let relay = await startRelay(place);
    await pushed(app, 'hello', 'live');
    await relay.program.stop('SIGKILL');
    await pushed(app, 'hello', 'failed');
    relay = await startRelay(place);
    await pushed(app, 'hello', 'live');
    expect(await readAt(relay, 'hello')).toHaveLength(3);
  }, 90_000);

  it('names the prefixes under which the relay accepts broadcasts', async () => {
    const relay = await startRelay(place, [
      '--auth-public-publish',
      'studio/**',
      '--auth-public-subscribe',
      '**',
    ]);
    const { app } = await goLive('hello');
    await change(app, { pushTo: relay.url, pushing: true });
    await pushed(app, 'hello', 'failed');
    expect((await pushOf(app))?.message).toMatch(/only under “studio”.*Name it “studio\/hello”/);
    await change(app, { pushTo: new URL('/studio', relay.url).href });
    await pushed(app, 'hello', 'live');
    // A moq-relay has no pages that a share link could point to.
    expect(await pushOf(app)).toMatchObject({ watch: null });
    expect(await readAt(relay, 'studio/hello')).toHaveLength(3);
  }, 60_000);
});

describe('pushing to this project’s relay', () => {
  const open: { close(): Promise<void> }[] = [];
  afterEach(async () => {
    for (const each of open.splice(0).reverse()) await each.close();
  });
  let keyFile: string;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'iroh-live-push-'));
    keyFile = join(folder, 'key.jwk');
    await writeFile(keyFile, await runTokenCommand({ action: 'key', algorithm: 'ES256' }));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const putToken = (put: string) =>
    runTokenCommand({ action: 'sign', keyFile, root: '', get: [], put: [put], pull: false, expiresInS: 600 });
  async function relayWith(...args: string[]) {
    const relay = await startTestRelay(['--http-bind', '127.0.0.1:0', '--auth-key', keyFile, ...args]);
    open.push(relay);
    return relay;
  }

  it('goes live if the token covers the name, and otherwise names the prefixes it covers', async () => {
    const { relay } = await relayWith('--public-read', 'studio/open');
    const { app } = await goLive('hello');
    await change(app, { pushTo: relay.http, pushToken: await putToken('studio'), pushing: true });
    await pushed(app, 'hello', 'failed');
    expect((await pushOf(app))?.message).toMatch(/only under “studio”/);

    await change(app, { pushTo: new URL('/studio', relay.http).href });
    await pushed(app, 'hello', 'live');
    // Reading `studio` requires a token, but reading `studio/open` does not.
    expect(await pushOf(app)).toMatchObject({ watch: 'token' });
    await change(app, { pushTo: new URL('/studio/open', relay.http).href });
    await waitFor('open', async () => (await pushOf(app))?.watch === 'open', 10_000);
    await pushed(app, 'hello', 'live');
    const client = await overWebSocket(relay.http);
    await waitUntilAnnounced(client, 'studio/open/hello');
    await client.close();
  }, 60_000);

  it('reports a relay that accepts a session over iroh, which carries no token, but rejects its broadcasts', async () => {
    const { relay } = await relayWith('--allow-pull');
    const { app } = await goLive('hello');
    await change(app, { pushTo: relay.ticketFor('any'), pushing: true });
    await pushed(app, 'hello', 'failed');
    expect((await pushOf(app))?.message).toMatch(/but not your broadcasts/);
  }, 60_000);
});

/** Whether a server is listening on this loopback port. */
async function isOpen(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/**
 * A script that runs programs with a newer C library, for systems whose own C library is too old for the
 * WebTransport addon.
 */
const runner = join(homedir(), '.cache', 'newer-glibc', 'run');
const hasAddon = existsSync(runner) || 'addon' in findAddon();

describe.skipIf(missing || !hasAddon)('pushing to an https relay over WebTransport', () => {
  let folder: string;
  let keyFile: string;
  let certFile: string;
  let tlsKeyFile: string;
  const open: { close(): unknown }[] = [];
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'iroh-live-push-'));
    [keyFile, certFile, tlsKeyFile] = ['key.jwk', 'cert.pem', 'key.pem'].map((name) =>
      join(folder, name),
    ) as [string, string, string];
    const { cert, key } = await makeSelfSigned(60 * 60 * 1000);
    await Promise.all([writeFile(certFile, cert), writeFile(tlsKeyFile, key)]);
    await writeFile(keyFile, await runTokenCommand({ action: 'key', algorithm: 'HS256' }));
  });
  afterEach(() => {
    for (const each of open.splice(0)) each.close();
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  /**
   * Starts an app that trusts the relay's certificate. Returns its push states, up to the state `end`. On a busy
   * machine, a push may be live only after it was reported as failed.
   */
  async function pushing(
    relay: string,
    token: string,
    end: 'live' | 'failed',
  ): Promise<BroadcastState['push'][]> {
    const dataDir = await mkdtemp(join(folder, 'app-'));
    const command = existsSync(runner) ? [runner, process.execPath] : [process.execPath];
    const [first = '', ...rest] = [...command, 'tests/support/push-child.ts', dataDir, relay, token];
    const app = run(first, rest, { env: { SSL_CERT_FILE: certFile, NODE_EXTRA_CA_CERTS: certFile } });
    const states: BroadcastState['push'][] = [];
    app.onLine((line) => states.push(JSON.parse(line)));
    await waitFor(
      'the push to succeed or fail',
      () => {
        if (app.child.exitCode !== null) throw new Error(app.stderr());
        return states.some((push) => push?.state === end);
      },
      30_000,
    ).catch((error: unknown) => {
      throw new Error(`${String(error)} ${app.stderr()}`);
    });
    return states;
  }

  /**
   * Starts an authorization server for a moq-relay. Sessions with the token may publish, and all sessions may
   * read.
   */
  async function authority(token: string): Promise<{ url: string; asked: string[] }> {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => (body += chunk));
      request.on('end', () => {
        const { event, query, ...rest } = JSON.parse(body);
        asked.push(JSON.stringify(rest));
        const given = new URLSearchParams(query).get('jwt');
        const refused = event === 'connect' && given !== null && given !== token;
        response.writeHead(refused ? 403 : 200, { 'content-type': 'application/json' });
        response.end(JSON.stringify({ publish: given === token ? ['**'] : [], subscribe: ['**'] }));
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    open.push(server);
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    return { url: `http://127.0.0.1:${address.port}/auth`, asked };
  }

  async function moqRelay(token: string): Promise<{ url: string; asked: string[] }> {
    const port = await freePort();
    const auth = await authority(token);
    const program = run(join(peers, 'moq-relay'), [
      ...['--listen', `127.0.0.1:${port}`, '--listen-tls-cert', certFile, '--listen-tls-key', tlsKeyFile],
      ...['--web-https-listen', `127.0.0.1:${port}`, '--web-https-cert', certFile],
      ...['--web-https-key', tlsKeyFile, '--auth-url', auth.url, '--cluster-lan=false'],
    ]);
    await waitFor(
      'the relay',
      () => {
        if (program.child.exitCode !== null) throw new Error(program.stderr());
        return isOpen(port);
      },
      10_000,
    );
    return { url: `https://localhost:${port}/`, asked: auth.asked };
  }

  it('pushes to a moq-relay with a valid token', async () => {
    const { url, asked } = await moqRelay('right');
    expect((await pushing(url, 'right', 'live')).at(-1)).toMatchObject({ state: 'live', message: '' });
    // `quic` is moq-relay's name for HTTP/3, as opposed to WebSocket over TLS.
    expect(asked.join('\n')).toContain('"transport":"quic"');
  }, 60_000);

  it('is refused by a moq-relay with an invalid token', async () => {
    const { url } = await moqRelay('right');
    const states = await pushing(url, 'wrong', 'failed');
    expect(states.at(-1)).toMatchObject({ state: 'failed' });
    expect(states.at(-1)?.message).toMatch(/refused/);
  }, 60_000);

  it('pushes to this project’s relay with a valid token, and is refused with an invalid one', async () => {
    const metrics = `127.0.0.1:${await freePort()}`;
    const relay = await startRelayProcess({
      options: [
        ...['--tls-cert', certFile, '--tls-key', tlsKeyFile, '--auth-key', keyFile, '--public-read', '*'],
        ...['--metrics-bind', metrics],
      ],
    });
    const sign = (put: string[], key: string) =>
      runTokenCommand({ action: 'sign', keyFile: key, root: '', get: [], put, pull: false, expiresInS: 600 });
    const states = await pushing(relay.url, await sign(['hello'], keyFile), 'live');
    expect(states.at(-1)).toEqual({ state: 'live', message: '', watch: 'open' });
    const text = await (await fetch(`http://${metrics}/metrics`)).text();
    expect(text).toContain('iroh_live_relay_sessions{transport="webtransport"} 1');

    const otherKey = join(folder, 'other.jwk');
    await writeFile(otherKey, await runTokenCommand({ action: 'key', algorithm: 'HS256' }));
    const refused = await pushing(relay.url, await sign(['hello'], otherKey), 'failed');
    expect(refused.at(-1)?.message).toMatch(/The relay refused/);
  }, 90_000);
});
