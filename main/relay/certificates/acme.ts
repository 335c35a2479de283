import { X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import { crypto } from 'acme-client';
import { z } from 'zod';
import { Backoff, type BackoffConfig } from '../../../common/base/backoff.ts';
import { messageOf } from '../../../common/base/errors.ts';
import { Scope } from '../../../common/base/scope.ts';
import { sleep } from '../../../common/base/sleep.ts';
import { Emitter } from '../../../common/base/store.ts';
import { JsonFile } from '../../base/json-file.ts';
import { log } from '../../base/log.ts';
import { restrictToOwner } from '../../base/private-file.ts';
import { withinTime } from '../../base/within-time.ts';
import { AcmeAuthority } from './acme-authority.ts';
import { ChallengeServer } from './acme-challenge.ts';
import { type Certificate, type CertificateSource, certificateFrom } from './certificates.ts';

/** The certificate to request from an ACME authority (RFC 8555). */
export interface AcmeOptions {
  /** At least one domain. Each domain must resolve to this machine. */
  domains: readonly string[];
  /** The account's contact email address. The authority may send warnings to it. Null means none. */
  email: string | null;
  directoryUrl: string;
  /**
   * PEM file of a CA that is trusted for connections to the authority, in addition to the CAs that Node
   * trusts. Null means none.
   */
  caFile: string | null;
  /** The challenge server's `ADDR:PORT`. The authority connects to port 80 of each domain. */
  httpBind: string;
}

/** Options for an `AcmeSource`: storage folder, error callback and test overrides. */
interface AcmeParts {
  dataDir: string;
  /** The port that the challenge server redirects browsers to. If 0 or omitted, it does not redirect. */
  httpsPort?: number;
  /** Called after each failed attempt with a message for the user. */
  onTrouble: (message: string) => void;
  /** For tests: replaces `ACME_BACKOFF`. */
  backoff?: BackoffConfig;
  /** For tests: replaces `POLL_MS`. */
  pollMs?: number;
}

/**
 * Name of the file in the data folder that contains the account key, the certificate and the certificate's
 * key. Only the file's owner can read it.
 */
export const ACME_FILE = 'acme.json';

/**
 * Delays between attempts, at most six hours. The first retries start 1, 4, 13 and 40 minutes after the first
 * failure, because Let's Encrypt blocks a domain for an hour after five failures within an hour.
 */
const ACME_BACKOFF: BackoffConfig = { firstMs: 60_000, factor: 3, maxMs: 6 * 60 * 60_000 };
/**
 * Remaining fraction of the certificate's lifetime at which renewal starts. Let's Encrypt recommends this
 * fraction for any lifetime.
 */
const RENEW_AT_LEFT = 1 / 3;
/**
 * How often to check whether renewal is due, in ms. A single timer is not enough, because clocks jump and
 * machines sleep.
 */
const DUE_CHECK_MS = 60_000;
/** Timeout of one attempt, in ms. */
const ATTEMPT_MS = 10 * 60_000;
/**
 * Delay between status queries, in ms. The authority needs a few seconds, because it validates from several
 * places.
 */
const POLL_MS = 5_000;

const stateSchema = z.object({
  /** The account's key and its authority's directory URL. Null until the key is created. */
  account: z.object({ directory: z.string(), key: z.string() }).nullable().default(null),
  certificate: z
    .object({ directory: z.string(), domains: z.array(z.string()), cert: z.string(), key: z.string() })
    .nullable()
    .default(null),
});
type State = z.output<typeof stateSchema>;

interface Opened {
  state: State;
  authority: AcmeAuthority;
  challenges: ChallengeServer;
}

/** Obtains a certificate from an ACME authority and renews it before it expires. Makes one attempt at a time. */
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
    this.#scope.own(() => this.#first.reject(new Error('closed before a certificate was issued')));
    // Without this handler, a rejection would be unhandled if nothing waits for this promise.
    this.#first.promise.catch(() => undefined);
    this.#current = this.#storedCertificate();
    if (this.#current) this.#first.resolve();
    void this.#run();
  }

  /**
   * Opens the challenge server and requests a certificate, unless the stored one is still valid. `onTrouble`
   * reports failed attempts.
   *
   * @throws Error if the challenge server cannot listen or the CA file cannot be used
   */
  static async open(options: AcmeOptions, parts: AcmeParts): Promise<AcmeSource> {
    const authority = await AcmeAuthority.open(options.caFile);
    const file = new JsonFile(join(parts.dataDir, ACME_FILE), stateSchema);
    const state = await file.load({}, (notice) => log.warn(notice));
    if (state.account !== null)
      await restrictToOwner(join(parts.dataDir, ACME_FILE), "the certificate's key");
    const { httpsPort = 0 } = parts;
    const challenges = await ChallengeServer.open(options.httpBind, { domains: options.domains, httpsPort });
    return new AcmeSource(options, parts, { state, authority, challenges });
  }

  get ready(): boolean {
    return this.#current !== undefined;
  }

  /** Resolves when there is a certificate. There is no timeout. */
  whenReady(): Promise<void> {
    return this.#first.promise;
  }

  /** Does nothing, because the certificate is renewed automatically before it expires. */
  reload(): Promise<void> {
    return Promise.resolve();
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

  /** Returns the certificate from the file; undefined if it is for other domains, expired, or damaged. */
  #storedCertificate(): Certificate | undefined {
    const stored = this.#state.certificate;
    if (!stored || !sameDomains(stored.domains, this.#options.domains)) return undefined;
    try {
      const { expiresAtMs } = validityOf(stored.cert);
      return expiresAtMs > Date.now() ? certificateFrom(stored.cert, stored.key) : undefined;
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
        await sleep(Math.min(waitMs, DUE_CHECK_MS), this.#scope.signal);
        continue;
      }
      try {
        await this.#obtain();
        backoff.reset();
      } catch (error) {
        if (this.#scope.closed) return;
        const retryMs = backoff.next();
        this.#parts.onTrouble(this.#troubleMessage(error, retryMs));
        await sleep(retryMs, this.#scope.signal);
      }
    }
  }

  /** Returns the time until a new certificate should be requested, in ms; 0 or less means now. */
  #dueInMs(): number {
    const stored = this.#state.certificate;
    if (!this.#current || !stored || stored.directory !== this.#options.directoryUrl) return 0;
    const { startsAtMs, expiresAtMs } = validityOf(stored.cert);
    return expiresAtMs - (expiresAtMs - startsAtMs) * RENEW_AT_LEFT - Date.now();
  }

  async #obtain(): Promise<void> {
    const { domains, directoryUrl } = this.#options;
    log.info(`requesting a certificate for ${domains.join(', ')} from ${new URL(directoryUrl).host}`);
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
    const until = new Date(validityOf(cert).expiresAtMs).toISOString();
    log.info(`a new certificate is in use, valid until ${until}: ${certificate.sha256}`);
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

  /** Orders a certificate and returns its chain (PEM). An order that misses the deadline is abandoned. */
  async #order(accountKey: string, csr: Buffer): Promise<string> {
    const { directoryUrl, email } = this.#options;
    const pollMs = this.#parts.pollMs ?? POLL_MS;
    const { authority, challenges } = this.#opened;
    const issued = authority.orderCertificate({ directoryUrl, accountKey, email, csr, challenges, pollMs });
    return withinTime(issued, {
      timeoutMs: ATTEMPT_MS,
      timeoutError: () => new Error('it did not answer in time'),
      signal: this.#scope.signal,
    });
  }

  /**
   * Saves the account and the certificate. A certificate that cannot be saved is still used, but the relay
   * requests another one when it starts again.
   */
  async #save(): Promise<void> {
    try {
      await this.#file.save(this.#state);
    } catch (error) {
      log.error(`The certificate cannot be saved in ${this.#parts.dataDir}: ${messageOf(error)}`);
    }
  }

  #troubleMessage(error: unknown, retryMs: number): string {
    const { domains, directoryUrl } = this.#options;
    // acme-client throws a TypeError when the connection is lost.
    const reason = error instanceof TypeError ? 'the connection was lost' : messageOf(error);
    const stored = this.#state.certificate;
    const expiry =
      this.#current && stored
        ? ` The current certificate expires at ${new Date(validityOf(stored.cert).expiresAtMs).toISOString()}.`
        : '';
    return (
      `No new certificate for ${domains.join(', ')} from ${new URL(directoryUrl).host}: ` +
      `${reason.trim().replace(/\.$/, '')}.${expiry} Next attempt in ${formatDelay(retryMs)}.`
    );
  }
}

/** Returns when a PEM certificate becomes valid and when it expires, in milliseconds since 1970. */
function validityOf(cert: string): { startsAtMs: number; expiresAtMs: number } {
  const { validFrom, validTo } = new X509Certificate(cert);
  return { startsAtMs: Date.parse(validFrom), expiresAtMs: Date.parse(validTo) };
}

function sameDomains(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name) => b.includes(name));
}

function formatDelay(delayMs: number): string {
  const seconds = Math.ceil(delayMs / 1000);
  if (seconds < 120) return `${seconds} s`;
  return seconds < 7200 ? `${Math.round(seconds / 60)} minutes` : `${Math.round(seconds / 3600)} hours`;
}
