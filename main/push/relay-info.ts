import { get as getPlain } from 'node:http';
import { get as getSecure } from 'node:https';
import { RELAY_INFO } from '../../common/relay/relay-api.ts';
import { type RelayInfo, relayInfoSchema } from '../../common/relay/relay-schemas.ts';

const TIMEOUT_MS = 8_000;
/** Maximum length of a response, in characters. A real response has a few hundred characters. */
const MAX_RESPONSE_CHARS = 64 * 1024;

/**
 * Fetches a relay's info without a token. Resolves to null if the server is not an Iroh Live relay.
 *
 * @param relay the `http:` or `https:` URL of the relay's start page
 * @throws Error if no response arrives in time, or if the signal is aborted
 */
export async function fetchRelayInfo(relay: URL, signal: AbortSignal): Promise<RelayInfo | null> {
  const { status, body } = await fetchText(new URL(`.${RELAY_INFO}`, relay), signal);
  const info = relayInfoSchema.safeParse(parseJson(body));
  return status === 200 && info.success ? info.data : null;
}

function fetchText(url: URL, signal: AbortSignal): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const get = url.protocol === 'https:' ? getSecure : getPlain;
    const request = get(url, { signal, timeout: TIMEOUT_MS, headers: { accept: 'application/json' } });
    const deadline = setTimeout(() => request.destroy(new Error('no answer in time')), TIMEOUT_MS);
    request.on('close', () => clearTimeout(deadline));
    request.on('timeout', () => request.destroy(new Error('no answer in time')));
    request.on('error', reject);
    request.on('response', (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        body += chunk;
        if (body.length > MAX_RESPONSE_CHARS) request.destroy(new Error('the response is too long'));
      });
      response.on('error', reject);
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
    });
  });
}

/** Parses JSON. Returns null if the text is not JSON. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
