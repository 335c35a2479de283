import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import Session from '@moq/qmux';
import { Connection, Path } from 'moq-net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import WebSocket, { WebSocketServer } from 'ws';
import type { MediaSocket } from '../../common/bridge/bridge.ts';
import { concatBytes } from '../../common/moq/bytes.ts';
import { parseTicket } from '../../common/ticket/ticket.ts';
import { LiveEndpoint } from '../../main/endpoint/endpoint.ts';
import type { Transport } from '../../main/origin/session.ts';
import { QMUX_LIMITS } from '../../main/transport/qmux.ts';
import { encode, startHostilePeer } from '../support/hostile.ts';
import { expectBearable, INSPECTOR_ENV, LoadMeter } from '../support/load-meter.ts';
import { closeAfterEach } from '../support/own.ts';
import { type Program, run, stopPrograms } from '../support/processes.ts';
import { readNumbers } from '../support/sessions.ts';
import {
  atMost,
  attackRequest,
  attackUni,
  honestReplies,
  longReply,
  openIncomplete,
  type Pace,
  pingFrame,
  QMUX_START,
  REQUESTS,
  type Replies,
  requestTrack,
  SIZES,
  sendGroups,
  sendRecords,
  serveReplies,
  streamRecords,
  uniHeads,
} from '../support/stream-attacks.ts';
import { waitFor } from '../support/wait.ts';

/**
 * Sends messages of 1 to 64 MiB on every kind of stream, in both directions, to a process with real sessions. The same
 * attacks over WebTransport are in hostile-streams.webtransport.test.ts.
 */

const CHILD =
  process.env.ATTACKED_CHILD ?? fileURLToPath(new URL('../support/attacked-child.ts', import.meta.url));
const PACES: readonly Pace[] = ['whole', 'byte by byte'];

const own = closeAfterEach();

interface Attacked {
  program: Program;
  meter: LoadMeter;
  /** The process's addresses, if it accepts sessions. */
  webSocket: string;
  ticket: string;
}

async function startAttacked(...args: string[]): Promise<Attacked> {
  const lines: Record<string, string>[] = [];
  const program = run(process.execPath, [CHILD, ...args], { env: INSPECTOR_ENV });
  program.onLine((line) => lines.push(JSON.parse(line)));
  const first = await waitFor('the attacked process', () => {
    if (program.child.exitCode !== null) throw new Error(program.stderr());
    return lines[0];
  });
  const meter = await LoadMeter.open(program);
  return { program, meter, webSocket: first.webSocket ?? '', ticket: first.ticket ?? '' };
}

/**
 * Starts one process for all tests of a `describe` block to attack, and a new measurement for each test.
 * Returns a function that returns the process.
 */
function attackedForAll(): () => Attacked {
  let attacked: Attacked;
  beforeAll(async () => {
    attacked = await startAttacked();
    await warmUp(attacked);
  }, 60_000);
  beforeEach(() => attacked.meter.start());
  afterAll(() => attacked.program.stop());
  return () => attacked;
}

/** Opens a WebSocket to the attacked process. */
function dialSocket({ webSocket }: Attacked): WebSocket {
  const socket = new WebSocket(webSocket, ['qmux-02.moq-lite-05']);
  socket.on('error', () => undefined);
  own({ close: () => socket.terminate() });
  return socket;
}

/** Opens the attacker's session as a client, without this product's checks. */
async function connect(kind: 'WebSocket' | 'iroh', attacked: Attacked): Promise<Transport> {
  if (kind === 'WebSocket') {
    const socket = dialSocket(attacked);
    const session = new Session(socket as unknown as MediaSocket, QMUX_LIMITS);
    session.closed.catch(() => undefined);
    await session.ready;
    return session;
  }
  const endpoint = await LiveEndpoint.open({
    secretKey: randomBytes(32),
    bind: '127.0.0.1:0',
    relay: 'disabled',
  });
  own(endpoint);
  return endpoint.connect(parseTicket(attacked.ticket));
}

/** Accepts one session as a server, without this product's checks. Returns the address to dial. */
async function listen(
  kind: 'WebSocket' | 'iroh',
  onSession: (transport: Transport) => void,
): Promise<string> {
  if (kind === 'iroh') {
    const peer = await startHostilePeer(({ transport }) => onSession(transport));
    own(peer);
    return peer.ticket;
  }
  const server = new WebSocketServer({
    host: '127.0.0.1',
    port: 0,
    handleProtocols: () => 'qmux-02.moq-lite-05',
  });
  own({
    close: () => {
      for (const client of server.clients) client.terminate();
      server.close();
    },
  });
  server.on('connection', (socket) => {
    socket.on('error', () => undefined);
    const session = Session.accept(socket as unknown as MediaSocket, QMUX_LIMITS);
    session.closed.catch(() => undefined);
    void session.ready.then(() => onSession(session));
  });
  await once(server, 'listening');
  const address = server.address();
  return `ws://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
}

/**
 * Reads the published numbers as a viewer, so that the code that runs during an attack has been compiled
 * beforehand.
 */
async function warmUp(attacked: Attacked): Promise<void> {
  for (const kind of ['WebSocket', 'iroh'] as const) {
    const transport = await connect(kind, attacked);
    const established = await Connection.connect(new URL('moq://test/'), { transport });
    const track = established.consume(Path.from('good')).subscribe('video');
    await readNumbers(track, 50);
    await attackRequest(transport, 0, 100_000, 'whole');
    await attackUni(transport, uniHeads.frame(100_000), 100_000, 'whole');
    transport.close();
  }
}

describe.each(['WebSocket', 'iroh'] as const)('an attacker that connects over %s', (kind) => {
  const attacked = attackedForAll();

  it.each(Object.entries(REQUESTS))(
    'sends long messages of type %s',
    async (name, type) => {
      for (const pace of PACES) {
        const transport = await connect(kind, attacked());
        await Promise.all(SIZES.map((size) => atMost(attackRequest(transport, type, size, pace), 10_000)));
        transport.close();
      }
      expectBearable(await attacked().meter.read(), `${kind} ${name}`);
    },
    60_000,
  );

  it.each(Object.entries(uniHeads))(
    'sends long unidirectional streams: %s',
    async (name, head) => {
      for (const pace of PACES) {
        const transport = await connect(kind, attacked());
        await Promise.all(SIZES.map((size) => atMost(attackUni(transport, head(size), size, pace), 10_000)));
        transport.close();
      }
      expectBearable(await attacked().meter.read(), `${kind} uni ${name}`);
    },
    60_000,
  );
});

describe.each(['WebSocket', 'iroh'] as const)('an attacker that is dialled over %s', (kind) => {
  const types = { announce: 1, subscribe: 2, fetch: 3, probe: 4, track: 6 } as const;
  it.each(Object.entries(types))(
    'answers with long messages on streams of type %s',
    async (name, type) => {
      const go = Promise.withResolvers<void>();
      const attacks = PACES.flatMap((pace) => SIZES.map((size) => ({ pace, size })));
      const done = attacks.map(() => Promise.withResolvers<void>());
      const addresses = attacks.map(({ pace, size }, i) => {
        const replies: Replies = {
          ...honestReplies(`evil-${i}`),
          [type]: async (writer) => {
            await go.promise;
            await longReply(type, size, pace)(writer);
            done[i]?.resolve();
          },
        };
        return listen(kind, (transport) => void serveReplies(transport, replies).catch(() => undefined));
      });
      const attacked = await startAttacked(...(await Promise.all(addresses)));
      await attacked.meter.start();
      go.resolve();
      await atMost(Promise.all(done.map(({ promise }) => promise)), 15_000);
      expectBearable(await attacked.meter.read(), `${kind} reply ${name}`);
      await attacked.program.stop();
    },
    60_000,
  );
});

describe.each(['WebSocket', 'iroh'] as const)('a publisher that is watched over %s', (kind) => {
  it.each(PACES)(
    'sends 64 MiB in frames of 1 to 8 MiB, %s, in groups that end and groups that do not',
    async (pace) => {
      const go = Promise.withResolvers<void>();
      const done = Promise.withResolvers<void>();
      const address = await listen(kind, (transport) => {
        const replies: Replies = {
          ...honestReplies('evil'),
          2: async () => {
            await go.promise;
            await sendGroups(transport, pace);
            done.resolve();
          },
        };
        void serveReplies(transport, replies).catch(() => undefined);
      });
      const attacked = await startAttacked(address);
      await attacked.meter.start();
      go.resolve();
      await done.promise;
      expectBearable(await attacked.meter.read(), `${kind} groups ${pace}`);
      await attacked.program.stop();
    },
  );
});

describe('an attacker that does not follow QMux', () => {
  const attacked = attackedForAll();

  async function connectRaw(): Promise<WebSocket> {
    const socket = dialSocket(attacked());
    await once(socket, 'open');
    socket.send(QMUX_START);
    return socket;
  }

  const goaway = concatBytes(encode(5), encode(60_000_000), new Uint8Array(60_000_000));
  const setup = concatBytes(encode(1), encode(60_000_000), new Uint8Array(60_000_000));
  /**
   * Each row contains the bytes, the stream id, and the number of payload bytes per frame. The ids are those
   * of a client's first streams.
   */
  it.each([
    ['a GOAWAY of 60 MB', goaway, 0, 16_000],
    ['a SETUP of 60 MB', setup, 2, 16_000],
    ['a GOAWAY in frames of one byte', goaway.subarray(0, 1_000_000), 0, 1],
    ['a SETUP in frames of one byte', setup.subarray(0, 1_000_000), 2, 1],
  ])('sends %s', async (name, bytes, id, frameBytes) => {
    const socket = await connectRaw();
    await sendRecords(socket, streamRecords(id, bytes, frameBytes));
    expectBearable(await attacked().meter.read(), name);
  });

  it('sends pings and reads no answers', async () => {
    const socket = await connectRaw();
    socket.pause();
    const pings = function* () {
      for (let i = 0; i < 100_000; i += 1) yield pingFrame(i);
    };
    await atMost(sendRecords(socket, pings()), 10_000);
    expectBearable(await attacked().meter.read(), 'pings');
  });
});

describe('an attacker with many requests', () => {
  const attacked = attackedForAll();

  it.each(['WebSocket', 'iroh'] as const)(
    'leaves eight streams with 60 MB each open over %s',
    async (kind) => {
      const transport = await connect(kind, attacked());
      const types = [REQUESTS.goaway, REQUESTS.subscribe, REQUESTS.announce, REQUESTS.track];
      await Promise.all(
        [...types, ...types].map((type) =>
          atMost(attackRequest(transport, type, 60_000_000, 'whole', 'leave open'), 10_000),
        ),
      );
      expectBearable(await attacked().meter.read(), `${kind} 8 idle streams`);
    },
  );

  it.each(['WebSocket', 'iroh'] as const)(
    'opens 200 incomplete requests in each of 8 sessions over %s',
    async (kind) => {
      const transports = await Promise.all(Array.from({ length: 8 }, () => connect(kind, attacked())));
      await Promise.all(
        transports.flatMap((transport) =>
          Array.from({ length: 200 }, () => atMost(openIncomplete(transport, 15_000), 5_000)),
        ),
      );
      // 200 requests of 15 kB exceed the limit of one session.
      for (const { closed } of transports) {
        // If the reason is lost, the endpoint responds to later packets with a QUIC reset.
        const { reason } = await closed;
        expect(reason).toMatch(/^(too many incomplete messages|reset by peer)$/);
      }
      expectBearable(await attacked().meter.read(), `${kind} incomplete requests`);
    },
  );

  it.each(['WebSocket', 'iroh'] as const)('requests 4,000 tracks over %s', async (kind) => {
    const transport = await connect(kind, attacked());
    void serveReplies(transport, {}).catch(() => undefined);
    for (let i = 0; i < 4_000; i += 100) {
      await Promise.all(
        Array.from({ length: 100 }, (_, j) =>
          requestTrack(transport, 'good', `${i + j}${'x'.repeat(1_000)}`),
        ),
      );
    }
    const load = await attacked().meter.read();
    expectBearable(load, `${kind} tracks`);
    expect(load.liveBytes).toBeLessThan(4_000_000);
  });
});

afterAll(stopPrograms);
