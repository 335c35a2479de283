import { once } from 'node:events';
import { Connection, Path } from 'moq-net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type WebSocket from 'ws';
import { concatBytes } from '../../common/moq/bytes.ts';
import type { Transport } from '../../main/origin/session.ts';
import { AttackSession, STREAM } from '../support/attack-session.ts';
import {
  type AttackedProcess,
  dialAsAttacker,
  openRawWebSocket,
  startAttackedProcess,
} from '../support/attacked-process.ts';
import { encode } from '../support/hostile.ts';
import { expectBearable } from '../support/load-meter.ts';
import { closeAfterEach } from '../support/own.ts';
import { stopPrograms } from '../support/processes.ts';
import { readNumbers } from '../support/sessions.ts';
import {
  atMost,
  openIncomplete,
  pingFrame,
  QMUX_START,
  requestTrack,
  sendLongRequest,
  sendRecords,
  streamRecords,
} from '../support/stream-attacks.ts';

/**
 * Attacks with many streams at once, and attacks that break QMux. Long messages on each kind of stream are in
 * hostile-stream-sizes.test.ts.
 */

const KINDS = ['WebSocket', 'iroh'] as const;

const own = closeAfterEach();

/**
 * Starts one process for all tests of a `describe` block to attack, and a new measurement for each test.
 * Returns a function that returns the process.
 */
function attackedForAll(): () => AttackedProcess {
  let attacked: AttackedProcess;
  beforeAll(async () => {
    attacked = await startAttackedProcess();
    await warmUp(attacked);
  }, 60_000);
  beforeEach(() => attacked.meter.start());
  afterAll(() => attacked.program.stop());
  return () => attacked;
}

/** Opens the attacker's session as a client, without this product's checks. */
const connect = (kind: (typeof KINDS)[number], attacked: AttackedProcess): Promise<Transport> =>
  dialAsAttacker(kind, 5, attacked.addresses[kind], own);

/**
 * Reads the published numbers as a viewer, so that the code that runs during an attack has been compiled
 * beforehand.
 */
async function warmUp(attacked: AttackedProcess): Promise<void> {
  for (const kind of KINDS) {
    const transport = await connect(kind, attacked);
    const established = await Connection.connect(new URL('moq://test/'), { transport });
    const track = established.consume(Path.from('good')).subscribe('video');
    await readNumbers(track, 50);
    await sendLongRequest(transport, STREAM.session, 100_000);
    transport.close();
  }
}

describe('an attacker that does not follow QMux', () => {
  const attacked = attackedForAll();

  async function connectRaw(): Promise<WebSocket> {
    const socket = openRawWebSocket(attacked().addresses.WebSocket, 5, own);
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

  it.each(KINDS)('leaves eight streams with 60 MB each open over %s', async (kind) => {
    const transport = await connect(kind, attacked());
    const types = [STREAM.goaway, STREAM.subscribe, STREAM.announce, STREAM.track];
    await Promise.all(
      [...types, ...types].map((type) => atMost(sendLongRequest(transport, type, 60_000_000), 10_000)),
    );
    expectBearable(await attacked().meter.read(), `${kind} 8 idle streams`);
  });

  it.each(KINDS)('opens 200 incomplete requests in each of 8 sessions over %s', async (kind) => {
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
  });

  it.each(KINDS)('requests 4,000 tracks over %s', async (kind) => {
    const transport = await connect(kind, attacked());
    await AttackSession.open(transport, { version: 5, negotiates: false, role: 'client', broadcast: 'evil' });
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
