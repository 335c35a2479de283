import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Connection, Path } from 'moq-net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { LIVE_PREFIX } from '../../common/bridge.ts';
import { formatTicket } from '../../common/ticket.ts';
import { dialWebSocket } from '../../main/transport/web-socket.ts';
import { closeApps, type RunningApp, startApp, windowOf } from '../support/apps.ts';
import { type Program, run, stopPrograms } from '../support/processes.ts';
import { Numbers, readNumbers } from '../support/sessions.ts';
import { freePort, waitFor } from '../support/wait.ts';

const peers = process.env.PEERS_DIR ?? '';
const missing = !existsSync(join(peers, 'moq-relay'));

const numbers: Numbers[] = [];
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

/** A moq-relay on loopback that lets everybody do everything. */
async function startRelay(place: RelayPlace): Promise<Relay> {
  const { port, irohPort, key } = place;
  const program = run(join(peers, 'moq-relay'), [
    ...['--listen', `127.0.0.1:${port}`, '--listen-tls-generate', 'localhost'],
    ...['--web-http-listen', `127.0.0.1:${port}`, '--auth-public', '**'],
    ...['--iroh-enabled', '--iroh-bind-v4', `127.0.0.1:${irohPort}`, '--iroh-disable-relay'],
    ...['--iroh-secret', key, '--cluster-lan=false'],
  ]);
  let output = '';
  program.onLine((line) => {
    output += line;
  });
  const endpointId = await waitFor(
    'the relay’s endpoint id',
    // Its log colours each part of `endpoint_id=…`.
    () => /endpoint_id[^=]*=.*?([0-9a-f]{64})/.exec(output + program.errors())?.[1],
    10_000,
  );
  return { program, url: `http://127.0.0.1:${port}/`, endpointId, irohAddr: `127.0.0.1:${irohPort}` };
}

async function change(app: RunningApp, patch: Record<string, unknown>): Promise<void> {
  await app.core.handlers['settings.change'](patch, AbortSignal.timeout(5_000));
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

/** An app whose window has a broadcast of numbers live. */
async function goLive(name: string): Promise<{ app: RunningApp; source: Numbers }> {
  const app = await startApp();
  const source = new Numbers();
  numbers.push(source);
  (await windowOf(app)).publish(Path.from(LIVE_PREFIX, name), source.producer);
  await waitFor('the broadcast', async () => (await app.state()).broadcasts.length === 1);
  return { app, source };
}

/** Reads some of what is at a path of the relay, as another client of it. */
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

  it('gives it the broadcast over WebSocket, and once for all who read it there', async () => {
    const relay = await startRelay(place);
    const { app, source } = await goLive('hello');
    await change(app, { pushTo: relay.url, pushing: true });
    await pushed(app, 'hello', 'live');

    const readers = await Promise.all(Array.from({ length: 4 }, () => openAt(relay, 'hello')));
    for (const reader of readers) expect(await reader.read()).toHaveLength(3);
    for (const reader of readers) expect(await reader.read()).toHaveLength(3);
    // It may ask for the track's properties by themselves.
    expect(source.requests).toBeLessThanOrEqual(2);
    await waitFor('upload', async () => ((await app.state()).broadcasts[0]?.uploadBps ?? 0) > 0);
  }, 60_000);

  it('takes it off the relay when pushing is switched off', async () => {
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

  it('gives it over iroh, to the endpoint of a ticket', async () => {
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

  it('says that nobody answers, keeps trying, and is back when the relay is', async () => {
    const { app } = await goLive('hello');
    await change(app, { pushTo: `http://127.0.0.1:${place.port}/`, pushing: true });
    await pushed(app, 'hello', 'failed');
    expect((await app.state()).broadcasts[0]?.push?.message).toMatch(/does not answer/);
    let relay = await startRelay(place);
    await pushed(app, 'hello', 'live');
    await relay.program.stop('SIGKILL');
    await pushed(app, 'hello', 'failed');
    relay = await startRelay(place);
    await pushed(app, 'hello', 'live');
    expect(await readAt(relay, 'hello')).toHaveLength(3);
  }, 90_000);
});
