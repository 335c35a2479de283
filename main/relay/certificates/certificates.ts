import { createHash, createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { messageOf } from '../../../common/base/errors.ts';
import { Emitter } from '../../../common/base/store.ts';
import { log } from '../../base/log.ts';
import { makeSelfSigned } from './self-signed.ts';

export interface Certificate {
  /** The chain, PEM. */
  cert: string;
  key: string;
  /** Of the first certificate's DER: 64 hex digits. */
  sha256: string;
}

/** Where the relay's certificate comes from: made here, files, or a certificate authority. */
export interface CertificateSource {
  /** Whether browsers trust it only by its hash. */
  readonly selfSigned: boolean;
  current(): Certificate;
  /** Hears of each new one. Returns the unsubscriber. */
  onRenewed(listener: (certificate: Certificate) => void): () => void;
  close(): void;
}

/** @throws Error when the two do not belong together or are no PEM. */
export function certificateFrom(cert: string, key: string): Certificate {
  const leaf = new X509Certificate(cert);
  if (!leaf.checkPrivateKey(createPrivateKey(key))) throw new Error('the key is not that of the certificate');
  const { raw } = leaf;
  return { cert, key, sha256: createHash('sha256').update(raw).digest('hex') };
}

/**
 * Browsers take a certificate by its hash only if it is valid for 14 days at most (W3C WebTransport, custom
 * certificate requirements): with an hour before now, for clocks that are behind.
 */
export const VALID_MS = 13 * 24 * 60 * 60 * 1000;
/** A page that was opened with the last hash still connects for this long after the next one came. */
const RENEW_AFTER_MS = 10 * 24 * 60 * 60 * 1000;
/** Timers drift, and machines sleep: looked at this often. */
const LOOK_MS = 60_000;

/** Made here and renewed in time, while the relay runs. */
export async function selfSignedSource(
  options: { renewAfterMs?: number; lookMs?: number } = {},
): Promise<CertificateSource> {
  const renewAfterMs = options.renewAfterMs ?? RENEW_AFTER_MS;
  const make = async () => {
    const { cert, key } = await makeSelfSigned(VALID_MS);
    return certificateFrom(cert, key);
  };
  return renewing(true, await make(), options.lookMs ?? LOOK_MS, async (madeAtMs) =>
    Date.now() - madeAtMs >= renewAfterMs ? make() : undefined,
  );
}

/**
 * PEM files, read again when they change.
 *
 * @throws Error that names the files
 */
export async function fileSource(
  files: { certFile: string; keyFile: string },
  lookMs = 5_000,
): Promise<CertificateSource> {
  const read = async () => {
    try {
      const [cert, key] = await Promise.all([
        readFile(files.certFile, 'utf8'),
        readFile(files.keyFile, 'utf8'),
      ]);
      return certificateFrom(cert, key);
    } catch (error) {
      const names = `${files.certFile} and ${files.keyFile}`;
      throw new Error(`The certificate in ${names} cannot be used: ${messageOf(error)}`, { cause: error });
    }
  };
  let last = await read();
  return renewing(false, last, lookMs, async () => {
    const next = await read();
    if (next.cert === last.cert && next.key === last.key) return undefined;
    last = next;
    return next;
  });
}

/** A source that looks for a new certificate by `next` from time to time. */
function renewing(
  selfSigned: boolean,
  first: Certificate,
  lookMs: number,
  next: (madeAtMs: number) => Promise<Certificate | undefined>,
): CertificateSource {
  const events = new Emitter<{ renewed: Certificate }>();
  let current = first;
  let madeAtMs = Date.now();
  let looking = false;
  let trouble = '';
  const look = async () => {
    const renewed = await next(madeAtMs);
    trouble = '';
    if (!renewed) return;
    current = renewed;
    madeAtMs = Date.now();
    log.info(`a new certificate is in use: ${renewed.sha256}`);
    events.emit('renewed', renewed);
  };
  const timer = setInterval(() => {
    if (looking) return;
    looking = true;
    look()
      // Half-written files, a missing one: the old certificate serves until the next look.
      .catch((error: unknown) => {
        if (messageOf(error) !== trouble) log.warn(messageOf(error));
        trouble = messageOf(error);
      })
      .finally(() => {
        looking = false;
      });
  }, lookMs);
  timer.unref();
  return {
    selfSigned,
    current: () => current,
    onRenewed: (listener) => events.on('renewed', listener),
    close: () => clearInterval(timer),
  };
}
