import { X509Certificate } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ACME_FILE, AcmeSource } from '../../main/relay/certificates/acme.ts';
import { fetchText, type PebbleSetup, pebbleProgram, setUpPebble, startPebble } from '../support/pebble.ts';
import { stopPrograms } from '../support/processes.ts';
import { findAddon, startRelay } from '../support/relays.ts';
import { freePort, waitFor } from '../support/wait.ts';

/** Tests certificates from Pebble, Let's Encrypt's test authority, which really validates its challenges. */
const missing = !existsSync(pebbleProgram);

/** Returns the SHA-256 hash of a server's certificate, and whether `ca` signed it. */
function certificateOf(port: number, ca: string): Promise<{ sha256: string; trusted: boolean }> {
  return new Promise((resolve, reject) => {
    const socket = connect({
      host: '127.0.0.1',
      port,
      ca,
      servername: 'localhost',
      rejectUnauthorized: false,
    });
    socket.once('error', reject);
    socket.once('secureConnect', () => {
      const { fingerprint256 } = socket.getPeerCertificate();
      socket.destroy();
      resolve({ sha256: fingerprint256.replaceAll(':', '').toLowerCase(), trusted: socket.authorized });
    });
  });
}

const found = findAddon();

/** Rejects unless WebTransport is available with the certificate that has this hash. */
async function reachOverWebTransport(url: string, sha256: string): Promise<void> {
  if (!('addon' in found)) return;
  const client = found.addon.NapiClient.withCertificateHashes([Buffer.from(sha256, 'hex')]);
  const session = await client.connect(url, { protocols: ['moq-lite-05'] });
  session.close(0, '');
}

describe.skipIf(missing)('certificates from an authority', () => {
  let pebbleSetup: PebbleSetup;
  let dataDir: string;
  const sources: AcmeSource[] = [];
  beforeAll(async () => {
    pebbleSetup = await setUpPebble();
  });
  afterAll(() => pebbleSetup.close());
  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'iroh-live-acme-'));
  });
  afterEach(async () => {
    for (const source of sources.splice(0)) source.close();
    await stopPrograms();
    await rm(dataDir, { recursive: true, force: true });
  });

  const directoryUrl = () => `https://127.0.0.1:${pebbleSetup.port}/dir`;
  async function open(
    given: { signal?: AbortSignal; httpPort?: number; firstMs?: number } = {},
  ): Promise<{ source: Promise<AcmeSource>; troubles: string[] }> {
    const troubles: string[] = [];
    const opened = AcmeSource.open(
      {
        domains: ['localhost'],
        email: 'relay@example.com',
        directoryUrl: directoryUrl(),
        caFile: join(pebbleSetup.folder, 'cert.pem'),
        httpBind: `[::]:${given.httpPort ?? pebbleSetup.challengePort}`,
      },
      {
        dataDir,
        onTrouble: (message) => void troubles.push(message),
        backoff: { firstMs: given.firstMs ?? 400, factor: 2, maxMs: 3_000 },
        pollMs: 200,
      },
    );
    const source = opened.then(async (acme) => {
      sources.push(acme);
      given.signal?.addEventListener('abort', () => acme.close());
      await acme.whenReady();
      return acme;
    });
    source.catch(() => undefined);
    return { source, troubles };
  }

  it('are obtained, used and replaced by a relay without a restart', async () => {
    const pebble = await startPebble(pebbleSetup, 15);
    const relay = await startRelay([
      ...['--domain', 'localhost', '--acme-directory', pebble.directoryUrl, '--acme-ca', pebble.caFile],
      ...['--acme-http-bind', `[::]:${pebbleSetup.challengePort}`, '--allow-pull'],
    ]);
    try {
      const root = await pebble.root();
      const url = new URL(relay.relay.http);
      expect(url.protocol).toBe('https:');
      expect(url.hostname).toBe('localhost');
      const health = new URL('/healthz', url);
      health.hostname = '127.0.0.1';
      const first = await certificateOf(Number(url.port), root);
      expect(first.trusted).toBe(true);
      const quic = `https://127.0.0.1:${new URL(relay.relay.webTransport ?? url).port}/`;
      await reachOverWebTransport(quic, first.sha256);
      expect(
        JSON.parse(await fetchText(new URL('/relay.json', url).href, root)).certificateSha256,
      ).toBeNull();
      const second = await waitFor(
        'the next certificate',
        async () => {
          const now = await certificateOf(Number(url.port), root);
          return now.sha256 === first.sha256 ? undefined : now;
        },
        25_000,
      );
      expect(second.trusted).toBe(true);
      // WebTransport is briefly unavailable when its certificate changes, so keep trying.
      await waitFor('the next certificate over WebTransport', () =>
        reachOverWebTransport(quic, second.sha256).then(
          () => true,
          () => false,
        ),
      );
      const { mode } = await stat(join(relay.dataDir, ACME_FILE));
      expect(mode & 0o777).toBe(0o600);
      expect(relay.events).toEqual([]);
    } finally {
      await relay.close();
    }
  }, 60_000);

  it('stay in use while the authority is unavailable, with failures reported and retried', async () => {
    let pebble = await startPebble(pebbleSetup, 12);
    const { source, troubles } = await open();
    const acme = await source;
    const first = acme.current();
    await pebble.program.stop('SIGKILL');
    await waitFor('two failures', () => troubles.length >= 2, 20_000);
    expect(acme.current()).toBe(first);
    expect(troubles[0]).toMatch(/No new certificate for localhost .*ECONNREFUSED.*Next attempt in/);
    expect(troubles[0]).toMatch(/The current certificate expires at \d{4}-/);
    const seen = troubles.length;
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    // The retry delays are about 0.4 s, 0.8 s, 1.6 s, and then 3 s each.
    expect(troubles.length - seen).toBeLessThanOrEqual(3);
    const renewed = Promise.withResolvers<void>();
    acme.onRenewed(() => renewed.resolve());
    // The new authority has none of the old data, not even the account.
    pebble = await startPebble(pebbleSetup, 3600);
    await renewed.promise;
    expect(acme.current().sha256).not.toBe(first.sha256);
    expect(new X509Certificate(acme.current().cert).subjectAltName).toBe('DNS:localhost');
  }, 60_000);

  it('delay the first start until they are issued, and are available immediately at later starts', async () => {
    const { source, troubles } = await open();
    await waitFor('a failure', () => troubles.length > 0, 10_000);
    expect(troubles[0]).not.toMatch(/The current certificate/);
    const pebble = await startPebble(pebbleSetup, 3600);
    const acme = await source;
    acme.close();
    await pebble.program.stop();
    const again = await open({ httpPort: await freePort() });
    expect((await again.source).current().sha256).toBe(acme.current().sha256);
    expect(again.troubles).toEqual([]);
  }, 60_000);

  it('are not issued if validation fails; the reason is reported, and closing ends the wait', async () => {
    await startPebble(pebbleSetup, 3600);
    const ended = new AbortController();
    const { source, troubles } = await open({ signal: ended.signal, httpPort: await freePort() });
    await waitFor('a failure', () => troubles.length > 0, 20_000);
    expect(troubles[0]).toMatch(/acme-challenge.*refused/i);
    ended.abort(new Error('enough'));
    await expect(source).rejects.toThrow('closed before a certificate was issued');
  }, 60_000);
});
