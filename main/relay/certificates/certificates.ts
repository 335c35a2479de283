import { createHash, X509Certificate } from 'node:crypto';
import { messageOf } from '../../../common/base/errors.ts';
import { Emitter } from '../../../common/base/store.ts';
import { readProblem } from '../../base/file-problem.ts';
import { log } from '../../base/log.ts';
import { warnIfReadable } from '../../base/private-file.ts';
import { RepeatedCheck } from '../../base/repeated-check.ts';
import { readTextFile } from '../../base/text-file.ts';
import { parseCertificate, parsePrivateKey } from './pem.ts';
import { isPubliclyTrusted } from './public-trust.ts';
import { makeSelfSigned } from './self-signed.ts';

/** A TLS certificate with its private key. */
export interface Certificate {
  /** The certificate chain (PEM). */
  cert: string;
  /** The private key (PEM). */
  key: string;
  /** SHA-256 hash of the leaf certificate's DER encoding, as 64 hex digits. */
  sha256: string;
  /** Whether browsers trust the certificate without an exception; see `isPubliclyTrusted`. */
  publiclyTrusted: boolean;
}

/**
 * Provides the relay's current certificate, and a new one after each renewal. The certificate may be
 * self-signed, or come from files or an ACME authority.
 */
export interface CertificateSource {
  /** Whether browsers can trust the certificate only by its hash. */
  readonly selfSigned: boolean;
  /** Whether there is a certificate. Only a source that uses an ACME authority may have none yet. */
  readonly ready: boolean;
  /** Resolves when there is a certificate. Rejects if the source is closed first. */
  whenReady(): Promise<void>;
  /** @throws Error if there is no certificate yet */
  current(): Certificate;
  /** Checks now whether there is a new certificate, for example in a file. Never rejects. */
  reload(): Promise<void>;
  /** Calls `listener` with each renewed certificate. Returns the function that unsubscribes it. */
  onRenewed(listener: (certificate: Certificate) => void): () => void;
  close(): void;
}

/**
 * Combines a PEM certificate chain and its private key.
 *
 * @throws Error if they do not belong together or are not PEM
 */
export function certificateFrom(cert: string, key: string): Certificate {
  const leaf = parseCertificate(cert);
  if (!leaf.checkPrivateKey(parsePrivateKey(key))) {
    throw new Error('the key does not belong to the certificate');
  }
  const { raw } = leaf;
  const sha256 = createHash('sha256').update(raw).digest('hex');
  return { cert, key, sha256, publiclyTrusted: isPubliclyTrusted(cert) };
}

/** Returns when a certificate expires, in milliseconds since 1970. */
export function certificateExpiryMs({ cert }: Pick<Certificate, 'cert'>): number {
  return Date.parse(new X509Certificate(cert).validTo);
}

/**
 * Waits until a source has its first certificate. Closes the source if `signal` is aborted.
 *
 * @throws the signal's reason, or Error if the source is closed
 */
export async function firstCertificate(
  source: CertificateSource,
  signal: AbortSignal | undefined,
): Promise<void> {
  const close = () => source.close();
  signal?.addEventListener('abort', close, { once: true });
  if (signal?.aborted) close();
  try {
    await source.whenReady();
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener('abort', close);
  }
}

/**
 * Lifetime of a self-signed certificate, including the hour by which it is backdated, in ms. Browsers accept
 * a certificate by its hash for at most 14 days (W3C WebTransport, custom certificate requirements).
 */
const LIFETIME_MS = 13 * 24 * 60 * 60 * 1000;
/**
 * Age at which a self-signed certificate is renewed, in ms. The WebTransport server then has three days to
 * find a moment without open sessions for replacing the old certificate.
 */
const RENEW_AFTER_MS = 10 * 24 * 60 * 60 * 1000;
/**
 * How often the certificate's age is checked, in ms. A single timer is not enough, because timers drift and
 * machines sleep.
 */
const AGE_CHECK_MS = 60_000;

/** Creates a source of self-signed certificates, which are renewed while the relay runs. */
export async function selfSignedSource(
  options: { renewAfterMs?: number; checkMs?: number } = {},
): Promise<CertificateSource> {
  const renewAfterMs = options.renewAfterMs ?? RENEW_AFTER_MS;
  const make = async () => {
    const { cert, key } = await makeSelfSigned(LIFETIME_MS);
    return certificateFrom(cert, key);
  };
  return pollingSource(true, await make(), options.checkMs ?? AGE_CHECK_MS, async (sinceMs) =>
    Date.now() - sinceMs >= renewAfterMs ? make() : undefined,
  );
}

/**
 * Loads a certificate from PEM files and reads the files again every `checkMs` milliseconds.
 *
 * @throws Error that names the files
 */
export async function fileSource(
  files: { certFile: string; keyFile: string },
  checkMs = 5_000,
): Promise<CertificateSource> {
  const read = async () => {
    try {
      const [cert, key] = await Promise.all([
        readNamed(files.certFile, '--tls-cert'),
        readNamed(files.keyFile, '--tls-key'),
      ]);
      return certificateFrom(cert, key);
    } catch (error) {
      const names = `${files.certFile} and ${files.keyFile}`;
      throw new Error(`The certificate in ${names} cannot be used: ${messageOf(error)}`, { cause: error });
    }
  };
  let last = await read();
  await warnIfReadable(files.keyFile, "the certificate's key");
  return pollingSource(false, last, checkMs, async () => {
    const next = await read();
    if (next.cert === last.cert && next.key === last.key) return undefined;
    last = next;
    return next;
  });
}

/** Reads a file. @throws Error that names the option */
async function readNamed(file: string, option: string): Promise<string> {
  try {
    return await readTextFile(file);
  } catch (error) {
    throw new Error(`the file of ${option} cannot be read: ${readProblem(error)}`, { cause: error });
  }
}

/** Creates a source whose certificate never changes. */
export function constantSource(certificate: Certificate): CertificateSource {
  return {
    selfSigned: false,
    ready: true,
    whenReady: async () => undefined,
    current: () => certificate,
    reload: async () => undefined,
    onRenewed: () => () => undefined,
    close: () => undefined,
  };
}

/**
 * Creates a source that calls `renew` every `checkMs` milliseconds.
 *
 * @param renew returns a new certificate, or undefined to keep the current one. `sinceMs` is when the current
 * certificate came into use, in milliseconds since 1970
 */
function pollingSource(
  selfSigned: boolean,
  first: Certificate,
  checkMs: number,
  renew: (sinceMs: number) => Promise<Certificate | undefined>,
): CertificateSource {
  const events = new Emitter<{ renewed: Certificate }>();
  let current = first;
  let sinceMs = Date.now();
  // Files may be missing or incomplete. The old certificate stays in use until a later check succeeds.
  const check = new RepeatedCheck(async () => {
    const renewed = await renew(sinceMs);
    if (!renewed) return;
    current = renewed;
    sinceMs = Date.now();
    log.info(`a new certificate is in use: ${renewed.sha256}`);
    events.emit('renewed', renewed);
  }, checkMs);
  return {
    selfSigned,
    ready: true,
    whenReady: async () => undefined,
    current: () => current,
    reload: () => check.run(),
    onRenewed: (listener) => events.on('renewed', listener),
    close: () => check.close(),
  };
}
