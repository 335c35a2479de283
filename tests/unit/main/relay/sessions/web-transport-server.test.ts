import { afterEach, describe, expect, it } from 'vitest';
import {
  type Certificate,
  type CertificateSource,
  certificateFrom,
} from '../../../../../main/relay/certificates/certificates.ts';
import { makeSelfSigned } from '../../../../../main/relay/certificates/self-signed.ts';
import { WebTransportServer } from '../../../../../main/relay/sessions/web-transport-server.ts';
import type { AddonRequest, AddonSession } from '../../../../../main/transport/web-transport-addon.ts';
import { sleep, waitFor } from '../../../../support/wait.ts';

/**
 * Tests replacing the certificate. A fake addon keeps its port in use like the real one. A fake is needed,
 * because the real one needs a newer C library than some systems have.
 * tests/integration/relay-matrix.webtransport.test.ts uses the real one.
 */
const never = () => new Promise<never>(() => undefined);
const HOUR_MS = 3_600_000;

class FakeSession {
  readonly protocol = null;
  readonly #closed = Promise.withResolvers<{ closeCode: number; reason: string }>();
  readonly acceptUni = never;
  readonly acceptBi = never;
  readonly openUni = never;
  readonly openBi = never;
  readonly recvDatagram = never;
  readonly sendDatagram = () => undefined;
  maxDatagramSize(): number {
    return 1200;
  }
  close(closeCode: number, reason: string): void {
    this.#closed.resolve({ closeCode, reason });
  }
  closed() {
    return this.#closed.promise;
  }
}

function fakeAddon() {
  const binds: string[] = [];
  let inUseUntilMs = 0;
  let accepting: ((request: AddonRequest | null) => void) | undefined;
  const request = (url: string, session: AddonSession) =>
    accepting?.({ url: Promise.resolve(url), ok: async () => session, reject: async () => undefined });
  const connect = async (url: string) => {
    const session = new FakeSession();
    request(url, session);
    return session;
  };
  const addon = {
    NapiServer: {
      bind: (_addr: string, cert: Buffer) => {
        if (performance.now() < inUseUntilMs) throw new Error('address in use');
        binds.push(cert.toString());
        return {
          accept: () =>
            new Promise<AddonRequest | null>((resolve) => {
              accepting = resolve;
            }),
          close: () => {
            inUseUntilMs = performance.now() + 150;
          },
        };
      },
    },
    NapiClient: { withSystemRoots: () => ({ connect }), withCertificateHashes: () => ({ connect }) },
  };
  return { addon, binds, connect };
}

let server: WebTransportServer | undefined;
afterEach(() => server?.close());

async function start(forcedRenewalMs: number) {
  const make = async (): Promise<Certificate> => {
    const { cert, key } = await makeSelfSigned(HOUR_MS);
    return certificateFrom(cert, key);
  };
  let current = await make();
  let notify: ((certificate: Certificate) => void) | undefined;
  const certificates: CertificateSource = {
    selfSigned: true,
    ready: true,
    whenReady: async () => undefined,
    reload: async () => undefined,
    current: () => current,
    onRenewed: (listener) => {
      notify = listener;
      return () => undefined;
    },
    close: () => undefined,
  };
  const { addon, binds, connect } = fakeAddon();
  const opened = WebTransportServer.open({
    addon,
    bind: '127.0.0.1:1',
    certificates,
    admit: async () => ({
      run: async ({ closed }) => void (await closed),
      release: () => undefined,
    }),
    forcedRenewalMs,
  });
  server = opened;
  const renew = async () => {
    current = await make();
    notify?.(current);
    return current;
  };
  return { opened, binds, connect, renew };
}

describe('a new certificate', () => {
  it('is used at once if no session is open, and no certificate is available during the replacement', async () => {
    const { opened, binds, renew } = await start(1_000);
    const renewed = await renew();
    expect(opened.certificate).toBeUndefined();
    await waitFor('it is available again', () => opened.certificate?.sha256 === renewed.sha256);
    expect(binds).toHaveLength(2);
  });

  it('waits for the last session to end', async () => {
    const { opened, binds, connect, renew } = await start(1_000);
    const first = opened.certificate?.sha256;
    const session = await connect('https://127.0.0.1:1/');
    await sleep(20);
    await renew();
    const newest = await renew();
    await sleep(100);
    expect([binds.length, opened.certificate?.sha256]).toEqual([1, first]);
    session.close(0, '');
    await waitFor('it is available again', () => opened.certificate?.sha256 === newest.sha256);
    expect(binds).toHaveLength(2);
  });

  it('does not wait beyond the expiry of the old certificate', async () => {
    const { opened, connect, renew } = await start(2 * HOUR_MS);
    const session = await connect('https://127.0.0.1:1/');
    await sleep(20);
    const renewed = await renew();
    expect(await session.closed()).toMatchObject({ reason: 'the certificate is renewed' });
    await waitFor('it is available again', () => opened.certificate?.sha256 === renewed.sha256);
  });
});
