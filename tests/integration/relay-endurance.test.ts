import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { Connection, Path } from 'moq-net';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import type { MediaSocket } from '../../common/bridge/bridge.ts';
import { parseTicket } from '../../common/ticket/ticket.ts';
import { LiveEndpoint } from '../../main/endpoint/endpoint.ts';
import type { Transport } from '../../main/origin/session.ts';
import { newDataDir, removeDataDirs } from '../support/app-process.ts';
import { Bystanders } from '../support/bystanders.ts';
import { dialQmux } from '../support/dial-qmux.ts';
import { heapBytes, INSPECTOR_ENV } from '../support/heap-size.ts';
import { closeAfterEach } from '../support/own.ts';
import { type Program, run, stopPrograms } from '../support/processes.ts';
import { type RelayProcess, startRelayProcess } from '../support/relay-process.ts';
import { overIroh, overWebSocket, waitUntilAnnounced } from '../support/relays.ts';
import { NumberedBroadcast, readNumbers } from '../support/sessions.ts';
import { freePort, sleep, waitFor } from '../support/wait.ts';

/**
 * Tests a relay while viewers connect, disconnect and stall for a long time, and what viewers experience when
 * the relay restarts.
 */
const APP = fileURLToPath(new URL('../support/app-child.ts', import.meta.url));
/**
 * How long viewers connect and disconnect, in milliseconds. Set `ENDURANCE_S=120` to test the two minutes
 * that a relay must withstand.
 */
const CHURN_MS = Number(process.env.ENDURANCE_S ?? 30) * 1_000;
const VIEWERS = 200;

afterEach(async () => {
  await stopPrograms();
});
const own = closeAfterEach();
afterAll(removeDataDirs);

const OPTIONS = [
  ...['--dev', '--allow-private-addresses', '--metrics-bind', '127.0.0.1:0', '--release-after', '1'],
  ...['--max-sessions-per-client', '500', '--max-mbps-per-client', '0'],
];

async function startInspectedRelay() {
  const relay = await startRelayProcess({ options: OPTIONS, env: INSPECTOR_ENV });
  // The first lines contain the URLs for the metrics and the inspector.
  const start = relay.program.stderr();
  const url = /metrics are at (\S+)/.exec(start)?.[1] ?? '';
  return {
    ...relay,
    heapBytes: () => heapBytes(relay.program, start),
    metrics: async () => (await fetch(url)).text(),
  };
}

function value(metrics: string, name: string): number {
  const found = [...metrics.matchAll(new RegExp(`^iroh_live_relay_${name}(?:\\{[^}]*\\})? (\\S+)`, 'gm'))];
  return found.reduce((sum, [, number]) => sum + Number(number), 0);
}

/** Starts an app in a separate process that publishes `hello`. */
async function friend(dataDir: string, bind: string): Promise<{ program: Program; ticket: string }> {
  const program = run(process.execPath, [APP, dataDir, bind]);
  let output = '';
  program.onLine((line) => {
    output += `${line}\n`;
  });
  const ticket = await waitFor('live', () => /"ticket":"([^"]+)"/.exec(output)?.[1], 60_000);
  return { program, ticket };
}

describe('a viewer that stops reading', () => {
  /** Returns a transport that reads the control streams but no groups. */
  const withoutGroups = (transport: Transport): Transport =>
    new Proxy(transport, {
      get(target, key) {
        if (key === 'incomingUnidirectionalStreams') return new ReadableStream();
        const found: unknown = Reflect.get(target, key, target);
        return typeof found === 'function' ? found.bind(target) : found;
      },
    });

  it.each(['websocket', 'websocket, with a paused socket', 'iroh'])(
    'over %s takes bounded memory, and does not disturb others',
    async (kind) => {
      const relay = await startInspectedRelay();
      const bystanders = own(await Bystanders.start(relay.url));
      const publisher = own(await overWebSocket(relay.url));
      // This is a rate of 24 Mbit/s.
      const numbers = own(new NumberedBroadcast({ everyMs: 50, bytes: 150_000 }));
      publisher.established.publish(Path.from('big'), numbers.producer);
      const base = (await (await fetch(new URL('/relay.json', relay.url))).json()).ticketBase;
      const before = await relay.heapBytes();
      // Over iroh, bytes are passed to native code one at a time, so one core can serve only a few such
      // viewers.
      for (let i = 0; i < (kind === 'iroh' ? 1 : 4); i += 1) {
        const { transport, stop } = await dial(kind, relay, base);
        const established = await Connection.connect(new URL('moq://relay/'), {
          transport: withoutGroups(transport),
        });
        own({ close: () => established.close() });
        established.consume(Path.from('big')).subscribe('video');
        await sleep(300);
        stop();
      }
      // Each viewer can have 16 MiB in flight until its stalled streams are reset after half a minute.
      // Without the reset, the relay's memory would grow by 3 MB every second.
      let held = 0;
      for (let i = 0; i < 18 && (i < 4 || held > 30_000_000); i += 1) {
        await sleep(2_500);
        held = (await relay.heapBytes()) - before;
        expect(held).toBeLessThan(4 * 24_000_000);
        await bystanders.expectUndisturbed();
      }
      expect(held).toBeLessThan(30_000_000);
    },
    90_000,
  );

  async function dial(kind: string, relay: RelayProcess, ticketBase: string) {
    if (kind === 'iroh') {
      const endpoint = own(
        await LiveEndpoint.open({ secretKey: randomBytes(32), bind: '127.0.0.1:0', relay: 'disabled' }),
      );
      return { transport: await endpoint.connect(parseTicket(`${ticketBase}x`)), stop: () => undefined };
    }
    const socket = new WebSocket(relay.url.replace('http', 'ws'), ['qmux-02.moq-lite-05']);
    own({ close: () => socket.terminate() });
    const transport = dialQmux(socket as unknown as MediaSocket, 'moq-lite-05');
    await transport.ready;
    return { transport, stop: () => (kind === 'websocket' ? undefined : socket.pause()) };
  }
});

it(
  'leaves nothing behind after 200 viewers that connect and disconnect at random',
  async () => {
    const relay = await startInspectedRelay();
    const { ticket } = await friend(newDataDir(), '127.0.0.1:0');
    const base = (await (await fetch(new URL('/relay.json', relay.url))).json()).ticketBase;
    const bystanders = own(await Bystanders.start(relay.url));
    let visits = 0;
    const visit = async (kind: 'iroh' | 'websocket', readMs: number) => {
      const client = kind === 'iroh' ? await overIroh(`${base}x`) : await overWebSocket(relay.url);
      visits += 1;
      try {
        const track = client.established.consume(Path.from(ticket)).subscribe('video');
        const end = performance.now() + readMs;
        // Half of the viewers disconnect while they are subscribed.
        while (performance.now() < end) await Promise.race([track.recvGroup(), sleep(readMs)]);
        if (Math.random() < 0.5) track.close();
      } finally {
        await client.close();
      }
    };
    const wander = async (index: number, untilMs: number) => {
      // Only one viewer in ten uses iroh, because each needs its own endpoint.
      const kind = index % 10 === 0 ? 'iroh' : 'websocket';
      while (performance.now() < untilMs) {
        await sleep(Math.random() * 10_000);
        await visit(kind, Math.random() * 4_000).catch(() => undefined);
      }
    };
    const allReleased = () =>
      waitFor(
        'everything is released',
        async () => {
          const text = await relay.metrics();
          const left = ['sessions', 'pulls', 'upstreams', 'broadcasts'].map((name) => value(text, name));
          return String(left) === '2,0,0,1';
        },
        60_000,
      );
    // Warms up first, because data that is loaded on first use is not a leak.
    await Promise.all(Array.from({ length: 20 }, (_, i) => visit(i % 10 === 0 ? 'iroh' : 'websocket', 500)));
    await allReleased();
    const before = await relay.heapBytes();
    const until = performance.now() + CHURN_MS;
    await Promise.all(Array.from({ length: VIEWERS }, (_, i) => wander(i, until)));
    await allReleased();
    await bystanders.expectUndisturbed();
    expect(visits).toBeGreaterThan(VIEWERS);
    const left = (await relay.heapBytes()) - before;
    process.stderr.write(`${visits} visits; ${Math.round(left / 1_000)} kB more held than before\n`);
    expect(left).toBeLessThan(12_000_000);
  },
  CHURN_MS + 240_000,
);

describe('a relay that stops', () => {
  it('keeps its endpoint id across a restart, for viewers of tickets and of its own broadcasts', async () => {
    const dataDir = newDataDir();
    const binds = { httpBind: `127.0.0.1:${await freePort()}`, irohBind: `127.0.0.1:${await freePort()}` };
    const first = await startRelayProcess({ options: OPTIONS, dataDir, ...binds });
    const { ticket } = await friend(newDataDir(), '127.0.0.1:0');
    const read = async (path: string) => {
      const client = own(await overWebSocket(first.url));
      await waitUntilAnnounced(client, path);
      return readNumbers(client.established.consume(Path.from(path)).subscribe('video'), 5);
    };
    const publish = async () =>
      (await overWebSocket(first.url)).established.publish(
        Path.from('own'),
        own(new NumberedBroadcast()).producer,
      );
    await publish();
    expect(await Promise.all([read(ticket), read('own')])).toHaveLength(2);
    await first.program.stop('SIGKILL');
    const second = await startRelayProcess({ options: OPTIONS, dataDir, ...binds });
    expect(second.endpointId).toBe(first.endpointId);
    expect(second.url).toBe(first.url);
    await publish();
    expect(await Promise.all([read(ticket), read('own')])).toHaveLength(2);
  }, 60_000);

  it('exits within five seconds after SIGTERM under load, and sends its clients the reason', async () => {
    const relay = await startRelayProcess({ options: OPTIONS });
    const base = (await (await fetch(new URL('/relay.json', relay.url))).json()).ticketBase;
    const publisher = own(await overWebSocket(relay.url));
    publisher.established.publish(Path.from('big'), own(new NumberedBroadcast({ bytes: 20_000 })).producer);
    const viewers = await Promise.all(
      Array.from({ length: 40 }, (_, i) =>
        (i % 10 === 0 ? overIroh(`${base}x`) : overWebSocket(relay.url)).then(own),
      ),
    );
    for (const viewer of viewers) {
      const track = viewer.established.consume(Path.from('big')).subscribe('video');
      await readNumbers(track, 2);
    }
    // The viewers neither continue to read nor close their sessions.
    const since = performance.now();
    await relay.program.stop('SIGTERM');
    expect(performance.now() - since).toBeLessThan(5_000);
    expect(relay.program.child.exitCode).toBe(0);
    const ends = await Promise.all(viewers.map(({ transport }) => transport.closed.catch(() => undefined)));
    const notified = ends.filter((end) => end?.reason === 'the relay is shutting down');
    expect(notified.length).toBeGreaterThan(30);
  }, 60_000);
});
