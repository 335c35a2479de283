import { Path } from 'moq-net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Certificate,
  type CertificateSource,
  certificateFrom,
} from '../../main/relay/certificates/certificates.ts';
import { makeSelfSigned } from '../../main/relay/certificates/self-signed.ts';
import { WebTransportServer } from '../../main/relay/sessions/web-transport-server.ts';
import type { AddonTransport } from '../../main/transport/web-transport.ts';
import {
  type Client,
  findAddon,
  overIroh,
  overWebSocket,
  overWebTransport,
  startRelay,
  type TestRelay,
  waitUntilAnnounced,
} from '../support/relays.ts';
import { NumberedBroadcast, readNumbers } from '../support/sessions.ts';
import { freePort, sleep, waitFor } from '../support/wait.ts';

/** Tests that a broadcast published over any transport can be watched over every transport. */
const found = findAddon();
const hasAddon = 'addon' in found;

const transports: Record<string, (relay: TestRelay) => Promise<Client>> = {
  iroh: ({ relay }) => overIroh(relay.ticketFor('x')),
  websocket: ({ relay }) => overWebSocket(relay.http),
  ...(hasAddon ? { webtransport: ({ relay }: TestRelay) => overWebTransport(relay) } : {}),
};
const names = Object.keys(transports);
const pairs = names.flatMap((publisher) => names.map((viewer) => ({ publisher, viewer })));

describe('publisher × viewer', () => {
  let relay: TestRelay;
  beforeAll(async () => {
    relay = await startRelay();
  });
  afterAll(() => relay.close());

  it.each(pairs)('$publisher → $viewer', async ({ publisher, viewer }) => {
    const name = `from-${publisher}-to-${viewer}`;
    const from = await transports[publisher]?.(relay);
    const to = await transports[viewer]?.(relay);
    if (!from || !to) throw new Error('no such transport');
    const numbers = new NumberedBroadcast();
    try {
      from.established.publish(Path.from(name), numbers.producer);
      await waitUntilAnnounced(to, name);
      const track = to.established.consume(Path.from(name)).subscribe('video');
      // Each group has its own stream, so groups may arrive in any order.
      expect(new Set(await readNumbers(track, 20)).size).toBe(20);
    } finally {
      numbers.close();
      await Promise.all([from.close(), to.close()]);
    }
  });

  it('finds a broadcast by the relay’s own ticket too, with and without the scheme', async () => {
    const from = await overWebSocket(relay.relay.http);
    const to = await overWebSocket(relay.relay.http);
    const numbers = new NumberedBroadcast();
    try {
      from.established.publish(Path.from('mine'), numbers.producer);
      const ticket = relay.relay.ticketFor('mine');
      for (const spelling of [ticket, ticket.replace('iroh-live:', '')]) {
        await waitUntilAnnounced(to, spelling);
        const track = to.established.consume(Path.from(spelling)).subscribe('video');
        expect(await readNumbers(track, 3)).toHaveLength(3);
      }
      expect(relay.events).toEqual([]);
    } finally {
      numbers.close();
      await Promise.all([from.close(), to.close()]);
    }
  });

  it.runIf(hasAddon)('finds the port of WebTransport in /relay.json', async () => {
    const info = await (await fetch(new URL('/relay.json', relay.relay.http))).json();
    expect(info.certificateSha256).toMatch(/^[0-9a-f]{64}$/);
    expect(relay.relay.webTransport).toBe(`https://127.0.0.1:${info.webTransport.port}/`);
  });
});

/**
 * A source of real certificates that the test renews explicitly. With timed renewal, the next renewal would start
 * before the port is free again.
 */
async function renewable(): Promise<CertificateSource & { renew(): Promise<void> }> {
  const make = async () => {
    const { cert, key } = await makeSelfSigned(3_600_000);
    return certificateFrom(cert, key);
  };
  let certificate = await make();
  const listeners = new Set<(certificate: Certificate) => void>();
  return {
    selfSigned: true,
    ready: true,
    whenReady: async () => undefined,
    reload: async () => undefined,
    current: () => certificate,
    onRenewed: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    renew: async () => {
      certificate = await make();
      for (const listener of listeners) listener(certificate);
    },
    close: () => listeners.clear(),
  };
}

describe.runIf(hasAddon)('a certificate that is renewed', () => {
  async function serve(forcedRenewalMs?: number) {
    const { addon } = found as Extract<typeof found, { addon: unknown }>;
    const certificates = await renewable();
    const bind = `127.0.0.1:${await freePort()}`;
    const run = async ({ closed }: AddonTransport) => void (await closed);
    const admit = async () => ({ run, release: () => undefined });
    const options = { addon, bind, certificates, admit };
    const server = WebTransportServer.open(
      forcedRenewalMs === undefined ? options : { ...options, forcedRenewalMs },
    );
    const dial = () => {
      const hash = Buffer.from(server.certificate?.sha256 ?? '', 'hex');
      return addon.NapiClient.withCertificateHashes([hash]).connect(`https://${bind}/`);
    };
    const close = async () => {
      certificates.close();
      await server.close();
    };
    return { certificates, server, dial, close };
  }

  it('is used at the same address once the last session has ended', async () => {
    const { certificates, server, dial, close } = await serve(1_000);
    try {
      const session = await dial();
      await certificates.renew();
      const ended = await Promise.race([session.closed(), sleep(1_000)]);
      expect(ended).toBeUndefined();
      const second = await dial();
      session.close(0, '');
      second.close(0, '');
      const renewed = certificates.current().sha256;
      await waitFor('the new certificate', () => server.certificate?.sha256 === renewed, 45_000);
      (await dial()).close(0, '');
    } finally {
      await close();
    }
  });

  it('closes open sessions with a reason when the old certificate is about to expire', async () => {
    const { certificates, server, dial, close } = await serve(2 * 3_600_000);
    try {
      const session = await dial();
      await certificates.renew();
      expect(await session.closed()).toMatchObject({ reason: 'the certificate is renewed' });
      // WebTransport is unavailable while the certificate is replaced.
      expect(server.certificate).toBeUndefined();
      const startedMs = performance.now();
      await waitFor('it is available again', () => server.certificate, 45_000);
      process.stderr.write(
        `WebTransport was unavailable for ${Math.round(performance.now() - startedMs)} ms\n`,
      );
      (await dial()).close(0, '');
    } finally {
      await close();
    }
  });
});
