import { get as getPlain } from 'node:http';
import { get as getSecure } from 'node:https';
import { messageOf } from '../../common/errors.ts';
import { RELAY_INFO, relayInfoSchema } from '../../common/relay-api.ts';
import { parseShareRelay } from '../../common/relay-url.ts';

/** What asking a relay for share links showed. */
export interface RelayCheck {
  ok: boolean;
  /** The address as it is kept: scheme, host and port. Empty when there is none. */
  url: string;
  /** For people: what is wrong, or what the relay does. */
  message: string;
}

const TIMEOUT_MS = 8_000;
/** The answer is a few hundred. */
const MAX_ANSWER_BYTES = 64 * 1024;

/** Asks whether a relay is there that share links can lead to. Never rejects, but with the signal's reason. */
export async function checkRelay(text: string, signal: AbortSignal): Promise<RelayCheck> {
  const url = parseShareRelay(text);
  if (!url)
    return { ok: false, url: '', message: 'This is no web address, such as https://relay.example:4443.' };
  const said = (ok: boolean, message: string): RelayCheck => ({ ok, url: url.origin, message });
  let answer: { status: number; body: string };
  try {
    answer = await ask(new URL(RELAY_INFO, url), signal);
  } catch (error) {
    signal.throwIfAborted();
    return said(false, `Nobody answers there (${messageOf(error)}).`);
  }
  const info = relayInfoSchema.safeParse(parseJson(answer.body));
  if (answer.status !== 200 || !info.success)
    return said(false, 'What answers there is no relay of this kind.');
  return info.data.mayPull
    ? said(true, 'This relay fetches your broadcasts for browsers.')
    : said(false, 'This relay does not fetch tickets for everybody, so links to yours would not work.');
}

function ask(url: URL, signal: AbortSignal): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const get = url.protocol === 'https:' ? getSecure : getPlain;
    const request = get(url, { signal, timeout: TIMEOUT_MS, headers: { accept: 'application/json' } });
    const overall = setTimeout(() => request.destroy(new Error('no answer in time')), TIMEOUT_MS);
    request.on('close', () => clearTimeout(overall));
    request.on('timeout', () => request.destroy(new Error('no answer in time')));
    request.on('error', reject);
    request.on('response', (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        body += chunk;
        if (body.length > MAX_ANSWER_BYTES) request.destroy(new Error('the answer is too long'));
      });
      response.on('error', reject);
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
    });
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
