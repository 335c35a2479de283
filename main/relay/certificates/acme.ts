import { X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import { crypto } from 'acme-client';
import { z } from 'zod';
import { Backoff, type BackoffConfig } from '../../../common/base/backoff.ts';
import { messageOf } from '../../../common/base/errors.ts';
import { Scope } from '../../../common/base/scope.ts';
import { Emitter } from '../../../common/base/store.ts';
import { JsonFile } from '../../base/json-file.ts';
import { log } from '../../base/log.ts';
import { sleep } from '../../../common/base/sleep.ts';
import { ChallengeServer } from './acme-challenge.ts';
import { Authority } from './acme-order.ts';
import { type Certificate, type CertificateSource, certificateFrom } from './certificates.ts';

/** Certificates from an authority that speaks ACME (RFC 8555), for names that lead to this machine. */
export interface AcmeOptions {
  /** At least one. */
  domains: readonly string[];
  /** Told to the authority, which may write to it. */
  email: string | null;
  directoryUrl: string;
  /** PEM of whoever vouches for the directory's own certificate, beside those that Node trusts. */
  caFile: string | null;
  /** Where challenges are answered: the authority comes to port 80 of each name. */
  httpBind: string;
}

export interface AcmeParts {
  dataDir: string;
  /** A sentence or two, at each attempt that fails. */
  onTrouble: (message: string) => void;
  /** Ends the wait for the first certificate. */
  signal?: AbortSignal;
  /** For tests: how failures are waited out, and how often the authority is asked whether it is done. */
  backoff?: BackoffConfig;
  pollMs?: number;
}

/** In the data folder, for its owner alone: the account's key, the certificate and its key. */
export const ACME_FILE = 'acme.json';

/**
 * Let's Encrypt refuses a name for an hour after five failures within one: these are tries after 1, 4, 13 and 40
 * minutes, then every six hours.
 */
const ACME_BACKOFF: BackoffConfig = { firstMs: 60_000, factor: 3, maxMs: 6 * 60 * 60_000 };
/** Renewed when this part of its life is left, as Let's Encrypt advises for any length of life. */
const RENEW_AT_LEFT = 1 / 3;
/** Clocks jump and machines sleep: the time to renew is looked at at least this often, in milliseconds. */
const LOOK_MS = 60_000;
/** One whole attempt, in milliseconds. */
const ATTEMPT_MS = 10 * 60_000;
/** The authority needs some seconds to look from several places. */
const POLL_MS = 5_000;

const stateSchema = z.object({
  /** Of the directory that it was made for. */
  account: z.object({ directory: z.string(), key: z.string() }).nullable().default(null),
  certificate: z
    .object({ directory: z.string(), domains: z.array(z.string()), cert: z.string(), key: z.string() })
    .nullable()
    .default(null),
});
type State = z.output<typeof stateSchema>;

interface Opened {
  state: State;
  authority: Authority;
  challenges: ChallengeServer;
}

/** A certificate that is got when there is none, and again in time. One attempt at a time. */
export class AcmeSource implements CertificateSource {
  readonly selfSigned = false;
  readonly #options: AcmeOptions;
  readonly #parts: AcmeParts;
  readonly #file: JsonFile<typeof stateSchema>;
  readonly #opened: Opened;
  readonly #scope = new Scope((error) => log.warn(`acme: ${messageOf(error)}`));
  readonly #events = new Emitter<{ renewed: Certificate }>();
  readonly #first = Promise.withResolvers<void>();
  #state: State;
  #current: Certificate | undefined;

  private constructor(options: AcmeOptions, parts: AcmeParts, opened: Opened) {
    this.#options = options;
    this.#parts = parts;
    this.#file = new JsonFile(join(parts.dataDir, ACME_FILE), stateSchema);
    this.#state = opened.state;
    this.#opened = opened;
    this.#scope.own(() => opened.challenges.close());
    this.#scope.own(() => this.#first.reject(new Error('closed before there was a certificate')));
    // Seen by `open` alone.
    this.#first.promise.catch(() => undefined);
    this.#current = this.#stored();
    if (this.#current) this.#first.resolve();
    void this.#run();
  }

  /**
   * Resolves when there is a certificate: at once with the last one while it is valid, else when the authority has
   * given one, however long that takes; `onTrouble` hears why it does not.
   *
   * @throws Error when challenges cannot be answered at the address, or the CA file cannot be used; the signal's
   *   reason when it is aborted.
   */
  static async open(options: AcmeOptions, parts: AcmeParts): Promise<AcmeSource> {
    const authority = await Authority.open(options.caFile);
    const file = new JsonFile(join(parts.dataDir, ACME_FILE), stateSchema);
    const state = await file.load({}, (notice) => log.warn(notice));
    const challenges = await ChallengeServer.open(options.httpBind);
    const source = new AcmeSource(options, parts, { state, authority, challenges });
    const { signal } = parts;
    const abort = () => source.close();
    signal?.addEventListener('abort', abort, { once: true });
    if (signal?.aborted) abort();
    try {
      await source.#first.promise;
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    } finally {
      signal?.removeEventListener('abort', abort);
    }
    return source;
  }

  current(): Certificate {
    if (!this.#current) throw new Error('there is no certificate yet');
    return this.#current;
  }

  onRenewed(listener: (certificate: Certificate) => void): () => void {
    return this.#events.on('renewed', listener);
  }

  close(): void {
    void this.#scope.close();
  }

  /** The certificate of the last time, unless it is for other names or over. */
  #stored(): Certificate | undefined {
    const kept = this.#state.certificate;
    if (!kept || !sameNames(kept.domains, this.#options.domains)) return undefined;
    try {
      return lifeOf(kept.cert).endsAtMs > Date.now() ? certificateFrom(kept.cert, kept.key) : undefined;
    } catch (error) {
      log.warn(`acme: the certificate in ${ACME_FILE} cannot be used: ${messageOf(error)}`);
      return undefined;
    }
  }

  async #run(): Promise<void> {
    const backoff = new Backoff(this.#parts.backoff ?? ACME_BACKOFF);
    while (!this.#scope.closed) {
      const waitMs = this.#dueInMs();
      if (waitMs > 0) {
        await sleep(Math.min(waitMs, LOOK_MS), this.#scope.signal);
        continue;
      }
      try {
        await this.#obtain();
        backoff.reset();
      } catch (error) {
        if (this.#scope.closed) return;
        const retryMs = backoff.next();
        this.#parts.onTrouble(this.#words(error, retryMs));
        await sleep(retryMs, this.#scope.signal);
      }
    }
  }

  /** How long until a new certificate is wanted, in milliseconds. */
  #dueInMs(): number {
    const kept = this.#state.certificate;
    if (!this.#current || !kept || kept.directory !== this.#options.directoryUrl) return 0;
    const { beganAtMs, endsAtMs } = lifeOf(kept.cert);
    return endsAtMs - (endsAtMs - beganAtMs) * RENEW_AT_LEFT - Date.now();
  }

  async #obtain(): Promise<void> {
    const { domains, directoryUrl } = this.#options;
    log.info(`asking ${new URL(directoryUrl).host} for a certificate for ${domains.join(', ')}`);
    const accountKey = await this.#accountKey();
    const [keyPem, csr] = await crypto.createCsr(
      { altNames: [...domains] },
      await crypto.createPrivateEcdsaKey(),
    );
    const cert = await this.#order(accountKey, csr);
    if (this.#scope.closed) return;
    const key = keyPem.toString();
    const certificate = certificateFrom(cert, key);
    this.#current = certificate;
    this.#state = {
      ...this.#state,
      certificate: { directory: directoryUrl, domains: [...domains], cert, key },
    };
    await this.#save();
    const until = new Date(lifeOf(cert).endsAtMs).toISOString();
    log.info(`a new certificate is in use until ${until}: ${certificate.sha256}`);
    this.#first.resolve();
    this.#events.emit('renewed', certificate);
  }

  async #accountKey(): Promise<string> {
    const { directoryUrl } = this.#options;
    const { account } = this.#state;
    if (account?.directory === directoryUrl) return account.key;
    const key = (await crypto.createPrivateEcdsaKey()).toString();
    this.#state = { ...this.#state, account: { directory: directoryUrl, key } };
    await this.#save();
    return key;
  }

  /** The chain, PEM. What the authority still says after the deadline is of no use to anybody. */
  async #order(accountKey: string, csr: Buffer): Promise<string> {
    const { directoryUrl, email } = this.#options;
    const pollMs = this.#parts.pollMs ?? POLL_MS;
    const { authority, challenges } = this.#opened;
    const issued = authority.order({ directoryUrl, accountKey, email, csr, challenges, pollMs });
    const { promise: late, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => reject(new Error('it did not answer in time')), ATTEMPT_MS);
    const forget = this.#scope.own(() => reject(new Error('given up')));
    try {
      return await Promise.race([issued, late]);
    } finally {
      clearTimeout(timer);
      forget();
      issued.catch(() => undefined);
    }
  }

  /** What cannot be kept still serves; the next start asks for another. */
  async #save(): Promise<void> {
    try {
      await this.#file.save(this.#state);
    } catch (error) {
      log.error(`The certificate cannot be kept in ${this.#parts.dataDir}: ${messageOf(error)}`);
    }
  }

  #words(error: unknown, retryMs: number): string {
    const { domains, directoryUrl } = this.#options;
    const why = error instanceof TypeError ? 'the connection was lost' : messageOf(error);
    const kept = this.#state.certificate;
    const meanwhile =
      this.#current && kept
        ? `, and the last one ends on ${new Date(lifeOf(kept.cert).endsAtMs).toISOString()}`
        : '';
    return (
      `No new certificate for ${domains.join(', ')} from ${new URL(directoryUrl).host}${meanwhile}: ` +
      `${why.trim().replace(/\.$/, '')}. It is asked again in ${spell(retryMs)}.`
    );
  }
}

function lifeOf(cert: string): { beganAtMs: number; endsAtMs: number } {
  const { validFrom, validTo } = new X509Certificate(cert);
  return { beganAtMs: Date.parse(validFrom), endsAtMs: Date.parse(validTo) };
}

function sameNames(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name) => b.includes(name));
}

function spell(delayMs: number): string {
  const seconds = Math.ceil(delayMs / 1000);
  if (seconds < 120) return `${seconds} s`;
  return seconds < 7200 ? `${Math.round(seconds / 60)} minutes` : `${Math.round(seconds / 3600)} hours`;
}
