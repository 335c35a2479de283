import { createHash } from 'node:crypto';
import { afterAll, describe, expect, it } from 'vitest';
import type { Transport } from '../../main/origin/session.ts';
import { announce, requestLists } from '../support/announcement-attack.ts';
import { removeDataDirs } from '../support/app-process.ts';
import { dialRawWebSocket } from '../support/attacked-process.ts';
import { expectBearable, INSPECTOR_ENV, LoadMeter } from '../support/load-meter.ts';
import { closeAfterEach } from '../support/own.ts';
import { stopPrograms } from '../support/processes.ts';
import { type RelayProcess, startRelayProcess } from '../support/relay-process.ts';
import { sleep, waitFor } from '../support/wait.ts';

/**
 * Floods a relay with broadcasts and with requests for lists of broadcasts. The relay runs in its own
 * process.
 */

/** The attacker's address. The relay treats all sessions from one address as the same client. */
const ATTACKER = '127.0.0.2';

const own = closeAfterEach();
afterAll(async () => {
  await stopPrograms();
  removeDataDirs();
});

async function startMeasuredRelay(): Promise<{ relay: RelayProcess; meter: LoadMeter; log: () => string }> {
  const options = ['--dev', '--allow-private-addresses', '--metrics-bind', '127.0.0.1:0'];
  const relay = await startRelayProcess({ options, env: INSPECTOR_ENV });
  own({ close: () => relay.program.stop() });
  const meter = own(await LoadMeter.open(relay.program));
  let log = relay.program.stderr();
  relay.program.child.stderr?.on('data', (chunk: Buffer) => {
    log += chunk.toString();
  });
  return { relay, meter, log: () => log };
}

async function broadcastCount(log: string): Promise<number> {
  const url = /metrics are at (\S+)/.exec(log)?.[1] ?? '';
  return Number(/^iroh_live_relay_broadcasts (\d+)/m.exec(await (await fetch(url)).text())?.[1]);
}

const connect = (relay: RelayProcess, from = ATTACKER): Promise<Transport> =>
  dialRawWebSocket(relay.url, 5, own, from);

const names = (prefix: string, count: number) => Array.from({ length: count }, (_, i) => `${prefix}/${i}`);

describe('a relay', () => {
  it('withstands 64 sessions of one client that announce 200 broadcasts each and list all of them', async () => {
    const { relay, meter, log } = await startMeasuredRelay();
    await meter.start();
    const sessions: Transport[] = [];
    for (let i = 0; i < 64; i += 1) sessions.push(await connect(relay));
    const lists = await Promise.all(sessions.map((session) => requestLists(session, 4)));
    for (const [i, session] of sessions.entries()) announce(session, names(`flood-${i}`, 200));
    await waitFor('the lists', () => lists.some(({ received }) => received() > 200 * 10), 20_000);
    await sleep(3_000);
    const load = await meter.read();
    expect(await broadcastCount(log())).toBeLessThanOrEqual(400);
    expectBearable(load, '64 sessions × 200 broadcasts × 256 lists');
    const honest = await connect(relay, '127.0.0.1');
    announce(honest, ['honest']);
    const seen = await requestLists(await connect(relay, '127.0.0.3'), 1, 'honest');
    await waitFor('another client can still announce and list', () => seen.received() > 4);
  }, 90_000);

  it('withstands 4 sessions with 250 list requests each while 200 broadcasts start and end', async () => {
    const { relay, meter } = await startMeasuredRelay();
    const publisher = announce(await connect(relay), names('many', 190));
    const sessions = await Promise.all(Array.from({ length: 4 }, () => connect(relay)));
    await meter.start();
    const lists = await Promise.all(sessions.map((session) => requestLists(session, 250)));
    await waitFor('answers', () => lists.every(({ received }) => received() > 190), 30_000);
    publisher.end();
    const open = () => lists.reduce((sum, list) => sum + list.open(), 0);
    await waitFor('the refusals', () => open() <= 4 * 64, 30_000);
    await sleep(2_000);
    const load = await meter.read();
    expect(open()).toBe(4 * 64);
    expectBearable(load, '4 sessions × 250 lists');
  }, 90_000);

  it('withstands lists of 4,000 broadcasts with long paths that resemble tickets', async () => {
    const { relay, meter, log } = await startMeasuredRelay();
    // The lists are requested at different roots, so the relay compares different parts of each path.
    const publishers: ReturnType<typeof announce>[] = [];
    for (let i = 0; i < 21; i += 1) {
      const transport = await connect(relay, `127.0.1.${i + 1}`);
      const paths = Array.from({ length: 190 }, (_, j) => `room/${i}/${ticketLikePath(`${i}-${j}`)}`);
      publishers.push(announce(transport, paths));
    }
    await waitFor('the broadcasts', async () => (await broadcastCount(log())) === 3_990, 30_000);
    await meter.start();
    const lists: { list: Awaited<ReturnType<typeof requestLists>>; minBytes: number }[] = [];
    for (const root of ['', 'room', ...Array.from({ length: 21 }, (_, i) => `room/${i}`)]) {
      const session = await dialRawWebSocket(
        new URL(root, relay.url).href,
        5,
        own,
        `127.0.2.${lists.length + 1}`,
      );
      const minBytes = 4 * 850 * (root.startsWith('room/') ? 190 : 3_990);
      lists.push({ list: await requestLists(session, 4), minBytes });
    }
    await waitFor('the lists', () => lists.every(({ list, minBytes }) => list.received() > minBytes), 60_000);
    for (const publisher of publishers) publisher.end();
    await waitFor('the end of all', async () => (await broadcastCount(log())) === 0, 60_000);
    expectBearable(await meter.read(), '92 lists of 4,000 long paths');
  }, 180_000);
});

/**
 * Returns a path of about 1,000 characters. Up to the last byte, its parts look like a ticket in both forms.
 */
function ticketLikePath(seed: string): string {
  const key = createHash('sha512').update(seed).digest().subarray(0, 32);
  // One relay URL of 250 bytes, followed by one extra byte.
  const address = Buffer.concat([key, Uint8Array.of(1, 0, 0xfa, 0x01), Buffer.alloc(251, 'a')]);
  return `${address.toString('base64url')}/x@${'a'.repeat(500)}`;
}
