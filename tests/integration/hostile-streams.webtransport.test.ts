import { Connection } from 'moq-net';
import { afterAll, beforeAll, beforeEach, describe, it } from 'vitest';
import { AddonTransport } from '../../main/transport/web-transport.ts';
import { expectBearable, INSPECTOR_ENV, LoadMeter } from '../support/load-meter.ts';
import { stopPrograms } from '../support/processes.ts';
import { type RelayProcess, startRelayProcess } from '../support/relay-process.ts';
import { findAddon } from '../support/relays.ts';
import { atMost, attackRequest, attackUni, REQUESTS, SIZES, uniHeads } from '../support/stream-attacks.ts';

/**
 * Runs the attacks in hostile-streams.test.ts over WebTransport against a real relay. Over WebTransport,
 * SETUP messages select the version.
 */
const found = findAddon();
const ATTACKS = [true, false].flatMap((greet) => [
  { greet, pace: 'whole' as const },
  { greet, pace: 'byte by byte' as const },
]);

describe.runIf('addon' in found)('an attacker over WebTransport', () => {
  let relay: RelayProcess;
  let meter: LoadMeter;
  beforeAll(async () => {
    const options = ['--dev', '--max-sessions-per-client', '100', '--max-mbps-per-client', '0'];
    relay = await startRelayProcess({ options, env: INSPECTOR_ENV });
    meter = await LoadMeter.open(relay.program);
  }, 60_000);
  beforeEach(() => meter.start());
  afterAll(stopPrograms);

  /** Connects to the relay. If `greet` is true, also completes the MoQ handshake. */
  async function connect(greet: boolean): Promise<AddonTransport> {
    const { addon } = found as Extract<typeof found, { addon: unknown }>;
    const hash = await (await fetch(new URL('/certificate.sha256', relay.url))).text();
    const client = addon.NapiClient.withCertificateHashes([Buffer.from(hash, 'hex')]);
    const url = new URL('/', relay.webTransport ?? '').href;
    const transport = new AddonTransport(await client.connect(url));
    if (greet) await Connection.connect(new URL('moq://test/'), { transport });
    return transport;
  }

  it.each(Object.entries(REQUESTS))('sends long messages of type %s', async (name, type) => {
    for (const { pace, greet } of ATTACKS) {
      const transport = await connect(greet);
      await Promise.all(SIZES.map((size) => atMost(attackRequest(transport, type, size, pace), 5_000)));
      transport.close();
    }
    expectBearable(await meter.read(), `WebTransport ${name}`);
  });

  it.each(Object.entries(uniHeads))('sends long unidirectional streams: %s', async (name, head) => {
    for (const { pace, greet } of ATTACKS) {
      const transport = await connect(greet);
      await Promise.all(SIZES.map((size) => atMost(attackUni(transport, head(size), size, pace), 5_000)));
      transport.close();
    }
    expectBearable(await meter.read(), `WebTransport uni ${name}`);
  });
});
