import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Agent, get } from 'node:https';
import { rootCertificates } from 'node:tls';
import { axios, Client } from 'acme-client';
import { messageOf } from '../../../common/base/errors.ts';
import type { ChallengeServer } from './acme-challenge.ts';

export interface Order {
  directoryUrl: string;
  /** PEM. */
  accountKey: string;
  email: string | null;
  csr: Buffer;
  challenges: ChallengeServer;
  /** How often the authority is asked whether it is done, in milliseconds, at first. */
  pollMs: number;
}

/** One request to the authority, in milliseconds. */
const REQUEST_MS = 30_000;

/** An authority as the ACME library asks it. */
export class Authority {
  readonly #agent: Agent;

  private constructor(agent: Agent) {
    this.#agent = agent;
  }

  /**
   * The library has one HTTP client for all, so there is one authority in a process.
   *
   * @param caFile PEM of who vouches for it beside those that Node trusts; null for nobody.
   * @throws Error that names the file
   */
  static async open(caFile: string | null): Promise<Authority> {
    const agent = new Agent(caFile === null ? {} : { ca: [...rootCertificates, await pem(caFile)] });
    axios.defaults.timeout = REQUEST_MS;
    axios.defaults.httpsAgent = agent;
    // What fails is tried again by the caller, with words in between.
    Object.assign(axios.defaults, { acmeSettings: { retryMaxAttempts: 0, retryDefaultDelay: 0 } });
    return new Authority(agent);
  }

  /** The chain, PEM. It cannot be stopped. Rejects with a message of why not. */
  async order({ directoryUrl, accountKey, email, csr, challenges, pollMs }: Order): Promise<string> {
    // The library's own words for nobody answering are a fault in its program.
    await this.#reach(directoryUrl);
    const client = new Client({ directoryUrl, accountKey, backoffMin: pollMs, backoffMax: 6 * pollMs });
    const contact = email === null ? {} : { contact: [`mailto:${email}`] };
    try {
      await client.createAccount({ onlyReturnExisting: true });
    } catch {
      // None is there, or the authority has forgotten it; anything else shows again.
      await client.createAccount({ termsOfServiceAgreed: true, ...contact });
    }
    return client.auto({
      csr,
      challengePriority: ['http-01'],
      // From inside a network the name often leads nowhere; the authority looks from outside.
      skipChallengeVerification: true,
      challengeCreateFn: async (_authorization, { token }, answer) => challenges.set(token, answer),
      challengeRemoveFn: async (_authorization, { token }) => challenges.delete(token),
    });
  }

  #reach(url: string): Promise<void> {
    return new Promise((resolve, reject) => {
      // RFC 8555, section 6.1: clients say who they are.
      const headers = { 'user-agent': 'iroh-live-relay' };
      const request = get(url, { agent: this.#agent, timeout: REQUEST_MS, headers }, (response) => {
        response.resume();
        const status = response.statusCode ?? 0;
        if (status === 200) resolve();
        else reject(new Error(`it answered ${status}`));
      });
      request.on('timeout', () => request.destroy(new Error('it did not answer in time')));
      request.on('error', reject);
    });
  }
}

async function pem(file: string): Promise<string> {
  try {
    const text = await readFile(file, 'utf8');
    return new X509Certificate(text).toString();
  } catch (error) {
    throw new Error(`The certificate ${file} cannot be used: ${messageOf(error)}`, { cause: error });
  }
}
