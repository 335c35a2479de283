import { Agent, get } from 'node:https';
import { rootCertificates } from 'node:tls';
import { axios, Client } from 'acme-client';
import { readProblem } from '../../base/file-problem.ts';
import { readTextFile } from '../../base/text-file.ts';
import type { ChallengeServer } from './acme-challenge.ts';
import { parseCertificate } from './pem.ts';

/** An order for a certificate. */
interface CertificateOrder {
  directoryUrl: string;
  /** The account's private key (PEM). */
  accountKey: string;
  /** The account's contact email address. Null means none. */
  email: string | null;
  /** The certificate signing request. */
  csr: Buffer;
  challenges: ChallengeServer;
  /** The initial delay between status queries, in ms. Later delays are up to six times as long. */
  pollMs: number;
}

/** Timeout of one HTTP request to the authority, in ms. */
const REQUEST_MS = 30_000;

/** A client for an ACME authority (RFC 8555). */
export class AcmeAuthority {
  readonly #agent: Agent;

  private constructor(agent: Agent) {
    this.#agent = agent;
  }

  /**
   * Configures acme-client. A process can use only one authority, because acme-client has one HTTP client per
   * process.
   *
   * @param caFile PEM file of an additional CA to trust for connections to the authority; null means none
   * @throws Error that names the file
   */
  static async open(caFile: string | null): Promise<AcmeAuthority> {
    const agent = new Agent(caFile === null ? {} : { ca: [...rootCertificates, await readPem(caFile)] });
    axios.defaults.timeout = REQUEST_MS;
    axios.defaults.httpsAgent = agent;
    // acme-client's own retries are disabled, because the caller retries and reports each failure.
    Object.assign(axios.defaults, { acmeSettings: { retryMaxAttempts: 0, retryDefaultDelay: 0 } });
    return new AcmeAuthority(agent);
  }

  /**
   * Orders a certificate. The order cannot be aborted.
   *
   * @returns the certificate chain (PEM)
   * @throws Error with the authority's reason
   */
  async orderCertificate(order: CertificateOrder): Promise<string> {
    const { directoryUrl, accountKey, email, csr, challenges, pollMs } = order;
    // This check reports why the authority does not answer. acme-client would throw a TypeError, which hides
    // the cause.
    await this.#checkReachable(directoryUrl);
    const client = new Client({ directoryUrl, accountKey, backoffMin: pollMs, backoffMax: 6 * pollMs });
    const contact = email === null ? {} : { contact: [`mailto:${email}`] };
    try {
      await client.createAccount({ onlyReturnExisting: true });
    } catch {
      // The account may not exist yet, or the authority may have deleted it. Any other error will recur in the call
      // below.
      await client.createAccount({ termsOfServiceAgreed: true, ...contact });
    }
    return client.auto({
      csr,
      challengePriority: ['http-01'],
      // acme-client's own check of the challenge is disabled, because it would run on this machine, where the
      // domain often resolves to another machine.
      skipChallengeVerification: true,
      challengeCreateFn: async (_authorization, { token }, answer) => challenges.set(token, answer),
      challengeRemoveFn: async (_authorization, { token }) => challenges.delete(token),
    });
  }

  #checkReachable(url: string): Promise<void> {
    return new Promise((resolve, reject) => {
      // RFC 8555, section 6.1, requires a User-Agent header.
      const headers = { 'user-agent': 'iroh-live-relay' };
      const request = get(url, { agent: this.#agent, timeout: REQUEST_MS, headers }, (response) => {
        response.resume();
        const status = response.statusCode ?? 0;
        if (status === 200) resolve();
        else reject(new Error(`it answered with status ${status}`));
      });
      request.on('timeout', () => request.destroy(new Error('it did not answer in time')));
      request.on('error', reject);
    });
  }
}

async function readPem(file: string): Promise<string> {
  try {
    return parseCertificate(await readTextFile(file)).toString();
  } catch (error) {
    throw new Error(`The certificate ${file} cannot be used: ${readProblem(error)}`, { cause: error });
  }
}
