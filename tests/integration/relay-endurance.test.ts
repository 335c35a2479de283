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
import { dialQmux } from '../support/dial-qmux.ts';
import { heldBytes, INSPECTED } from '../support/inspected.ts';
import { type Program, run, stopPrograms } from '../support/processes.ts';
import { type RelayProcess, startRelayProcess } from '../support/relay-process.ts';
import { announced, overIroh, overWebSocket } from '../support/relays.ts';
import { Numbers, readNumbers } from '../support/sessions.ts';
import { freePort, sleep, waitFor } from '../support/wait.ts';
import { Witness } from '../support/witness.ts';

/** What a relay is after hours of viewers that come, go and stand still; and what becomes of them when it restarts. */
const APP = fileURLToPath(new URL('../support/app-child.ts', import.meta.url));
/** How long viewers come and go. Two minutes, as the relay is judged by, take `ENDURANCE_S=120`. */
const CHURN_MS = Number(process.env.ENDURANCE_S ?? 30) * 1_000;
const VIEWERS = 200;

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const opened of open.splice(0).reverse()) await opened.close();
  await stopPrograms();
});
afterAll(removeDataDirs);
function own<T extends { close(): unknown }>(opened: T): T {
  open.push(opened);
  return opened;
}

const OPTIONS = [
  ...['--dev', '--allow-private-addresses', '--metrics-bind', '127.0.0.1:0', '--release-after', '1'],
  ...['--max-sessions-per-client', '500', '--max-mbps-per-client', '0'],
];

async function inspectedRelay() {
  const relay = await startRelayProcess({ options: OPTIONS, env: INSPECTED });
  // Its first lines, which say where to look.
  const start = relay.program.errors();
  const url = /metrics are at (\S+)/.exec(start)?.[1] ?? '';
  return {
    ...relay,
    held: () => heldBytes(relay.program, start),
    metrics: async () => (await fetch(url)).text(),
  };
}

function value(metrics: string, name: string): number {
  const found = [...metrics.matchAll(new RegExp(`^iroh_live_relay_${name}(?:\\{[^}]*\\})? (\\S+)`, 'gm'))];
  return found.reduce((sum, [, number]) => sum + Number(number), 0);
}

/** A friend's app, in a process of its own, that publishes `hello`. */
async function friend(dataDir: string, bind: string): Promise<{ program: Program; ticket: string }> {
  const program = run(process.execPath, [APP, dataDir, bind]);
  let output = '';
  program.onLine((line) => {
    output += `${line}\n`;
  });
  const ticket = await waitFor('live', () => /"ticket":"([^"]+)"/.exec(output)?.[1], 15_000);
  return { program, ticket };
}

describe('a viewer that stops reading', () => {
  /** Reads the control streams and no group. */
  const deaf = (transport: Transport): Transport =>
    new Proxy(transport, {
      get(target, key) {
        if (key === 'incomingUnidirectionalStreams') return new ReadableStream();
        const found: unknown = Reflect.get(target, key, target);
        return typeof found === 'function' ? found.bind(target) : found;
      },
    });

  it.each(['websocket', 'websocket, its socket too', 'iroh'])(
    'over %s: its memory is bounded, others go on',
    async (kind) => {
      const relay = await inspectedRelay();
      const witness = own(await Witness.start(relay.url));
      const publisher = own(await overWebSocket(relay.url));
      // 24 Mbit/s.
      const numbers = own(new Numbers({ everyMs: 50, bytes: 150_000 }));
      publisher.established.publish(Path.from('big'), numbers.producer);
      const base = (await (await fetch(new URL('/relay.json', relay.url))).json()).ticketBase;
      const before = await relay.held();
      // Over iroh bytes cross to native code one by one: a few such viewers are all that one core feeds.
      for (let i = 0; i < (kind === 'iroh' ? 1 : 4); i += 1) {
        const { transport, stop } = await dial(kind, relay, base);
        const established = await Connection.connect(new URL('moq://relay/'), { transport: deaf(transport) });
        own({ close: () => established.close() });
        established.consume(Path.from('big')).subscribe('video');
        await sleep(300);
        stop();
      }
      // Each may have 16 MiB on the way until what stalls is given up, after half a minute; one that keeps what nobody
      // reads would hold 3 MB more every second.
      let held = 0;
      for (let i = 0; i < 18 && (i < 4 || held > 30_000_000); i += 1) {
        await sleep(2_500);
        held = (await relay.held()) - before;
        expect(held).toBeLessThan(4 * 24_000_000);
        await witness.check();
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
  '200 viewers that come and go at random leave nothing',
  async () => {
    const relay = await inspectedRelay();
    const { ticket } = await friend(newDataDir(), '127.0.0.1:0');
    const base = (await (await fetch(new URL('/relay.json', relay.url))).json()).ticketBase;
    const witness = own(await Witness.start(relay.url));
    let visits = 0;
    const visit = async (kind: 'iroh' | 'websocket', readMs: number) => {
      const client = kind === 'iroh' ? await overIroh(`${base}x`) : await overWebSocket(relay.url);
      visits += 1;
      try {
        const track = client.established.consume(Path.from(ticket)).subscribe('video');
        const end = performance.now() + readMs;
        // Half of them leave in the middle of it.
        while (performance.now() < end) await Promise.race([track.recvGroup(), sleep(readMs)]);
        if (Math.random() < 0.5) track.close();
      } finally {
        await client.close();
      }
    };
    const wander = async (index: number, untilMs: number) => {
      // One in ten over iroh: an endpoint each is what it costs the test.
      const kind = index % 10 === 0 ? 'iroh' : 'websocket';
      while (performance.now() < untilMs) {
        await sleep(Math.random() * 10_000);
        await visit(kind, Math.random() * 4_000).catch(() => undefined);
      }
    };
    const gone = () =>
      waitFor(
        'nothing is left',
        async () => {
          const text = await relay.metrics();
          const left = ['sessions', 'pulls', 'upstreams', 'broadcasts'].map((name) => value(text, name));
          return String(left) === '2,0,0,1';
        },
        20_000,
      );
    // What is loaded on first use is no leak.
    await Promise.all(Array.from({ length: 20 }, (_, i) => visit(i % 10 === 0 ? 'iroh' : 'websocket', 500)));
    await gone();
    const before = await relay.held();
    const until = performance.now() + CHURN_MS;
    await Promise.all(Array.from({ length: VIEWERS }, (_, i) => wander(i, until)));
    await gone();
    await witness.check();
    expect(visits).toBeGreaterThan(VIEWERS);
    const left = (await relay.held()) - before;
    process.stderr.write(`${visits} visits; ${Math.round(left / 1_000)} kB more held than before\n`);
    expect(left).toBeLessThan(12_000_000);
  },
  CHURN_MS + 120_000,
);

describe('a relay that ends', () => {
  it('and comes back: viewers of a ticket and of its own broadcasts go on, with the same endpoint', async () => {
    const dataDir = newDataDir();
    const binds = { httpBind: `127.0.0.1:${await freePort()}`, irohBind: `127.0.0.1:${await freePort()}` };
    const first = await startRelayProcess({ options: OPTIONS, dataDir, ...binds });
    const { ticket } = await friend(newDataDir(), '127.0.0.1:0');
    const read = async (path: string) => {
      const client = own(await overWebSocket(first.url));
      await announced(client, path);
      return readNumbers(client.established.consume(Path.from(path)).subscribe('video'), 5);
    };
    const publish = async () =>
      (await overWebSocket(first.url)).established.publish(Path.from('own'), own(new Numbers()).producer);
    await publish();
    expect(await Promise.all([read(ticket), read('own')])).toHaveLength(2);
    await first.program.stop('SIGKILL');
    const second = await startRelayProcess({ options: OPTIONS, dataDir, ...binds });
    expect(second.endpointId).toBe(first.endpointId);
    expect(second.url).toBe(first.url);
    await publish();
    expect(await Promise.all([read(ticket), read('own')])).toHaveLength(2);
  }, 60_000);

  it('at SIGTERM under load: within five seconds, and its clients hear it', async () => {
    const relay = await startRelayProcess({ options: OPTIONS });
    const base = (await (await fetch(new URL('/relay.json', relay.url))).json()).ticketBase;
    const publisher = own(await overWebSocket(relay.url));
    publisher.established.publish(Path.from('big'), own(new Numbers({ bytes: 20_000 })).producer);
    const viewers = await Promise.all(
      Array.from({ length: 40 }, (_, i) =>
        (i % 10 === 0 ? overIroh(`${base}x`) : overWebSocket(relay.url)).then(own),
      ),
    );
    for (const viewer of viewers) {
      const track = viewer.established.consume(Path.from('big')).subscribe('video');
      await readNumbers(track, 2);
    }
    // One of them does not read any more, and none says goodbye.
    const since = performance.now();
    await relay.program.stop('SIGTERM');
    expect(performance.now() - since).toBeLessThan(5_000);
    expect(relay.program.child.exitCode).toBe(0);
    const ends = await Promise.all(viewers.map(({ transport }) => transport.closed.catch(() => undefined)));
    expect(ends.filter((end) => end?.reason === 'the relay ends').length).toBeGreaterThan(30);
  }, 60_000);
});
