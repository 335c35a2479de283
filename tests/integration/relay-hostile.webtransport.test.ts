import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { AddonSession } from '../../main/transport/web-transport-addon.ts';
import { AttackedRelay } from '../support/attacked-relay.ts';
import { findAddon } from '../support/relays.ts';
import { sleep } from '../support/wait.ts';

/** Tests attacks over WebTransport while a well-behaved viewer watches. */
const found = findAddon();
const hasAddon = 'addon' in found;

describe.runIf(hasAddon)('over WebTransport', () => {
  const at = new AttackedRelay();
  beforeAll(() => at.start(), 60_000);
  afterEach(() => at.check(), 40_000);
  afterAll(() => at.close());

  async function session(target = '/'): Promise<AddonSession> {
    const { addon } = found as Extract<typeof found, { addon: unknown }>;
    const hash = await (await fetch(new URL('/certificate.sha256', at.relay.url))).text();
    const client = addon.NapiClient.withCertificateHashes([Buffer.from(hash, 'hex')]);
    const opened = await client.connect(new URL(target, at.relay.webTransport ?? '').href);
    at.own({ close: () => opened.close(0, '') });
    return opened;
  }

  it('ignores garbage on unidirectional and bidirectional streams and in datagrams', async () => {
    const opened = await session();
    const writing = Array.from({ length: 60 }, async (_, i) => {
      const stream = i % 2 === 0 ? await opened.openUni() : (await opened.openBi()).takeSend();
      await stream.write(randomBytes(1 + Math.floor(Math.random() * 3_000)));
      await stream.finish();
      opened.sendDatagram(randomBytes(500));
    });
    await Promise.allSettled(writing);
    await sleep(500);
  }, 30_000);

  it('tolerates 1,000 abandoned streams', async () => {
    const opened = await session();
    const openings = Array.from({ length: 1_000 }, async (_, i) => {
      const stream = i % 2 === 0 ? await opened.openUni() : (await opened.openBi()).takeSend();
      await stream.write(Buffer.of(i % 2 === 0 ? 0 : 2, 0x7f));
    });
    void Promise.allSettled(openings);
    await sleep(2_000);
    await at.bystanders.expectUndisturbed();
  }, 30_000);

  it('closes sessions without a handshake', async () => {
    const silent = await Promise.all(Array.from({ length: 20 }, () => session()));
    await Promise.all(silent.map((one) => one.closed()));
  }, 40_000);

  it('refuses invalid paths and tokens before a session opens', async () => {
    await expect(session(`/${'x'.repeat(10_000)}`)).rejects.toThrow();
    await expect(session('/room?jwt=nonsense')).rejects.toThrow();
    expect(await at.refusalCount('token')).toBeGreaterThanOrEqual(1);
  }, 30_000);
});
