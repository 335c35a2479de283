import { get as getPlain } from 'node:http';
import { get as getSecure } from 'node:https';
import { RELAY_INFO, type RelayInfo, relayInfoSchema } from '../../common/relay/relay-api.ts';

const TIMEOUT_MS = 8_000;
/** The answer is a few hundred. */
const MAX_ANSWER_BYTES = 64 * 1024;

/**
 * What a relay says of itself to somebody without a token; null when what answers is no relay of this kind.
 *
 * @param relay `http:` or `https:`; its path counts for nothing.
 * @throws Error when nobody answers in time, or the signal is aborted
 */
export async function askRelayInfo(relay: URL, signal: AbortSignal): Promise<RelayInfo | null> {
  const { status, body } = await ask(new URL(RELAY_INFO, relay), signal);
  const info = relayInfoSchema.safeParse(parseJson(body));
  return status === 200 && info.success ? info.data : null;
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
