import { messageOf } from '../../common/base/errors.ts';
import { RELAY_TOKEN_PARAM } from '../../common/relay/relay-api.ts';
import { parsePushTarget } from '../../common/ticket/relay-url.ts';
import type { PeerAddr } from '../../common/ticket/ticket.ts';
import { log } from '../base/log.ts';
import { ConnectError } from '../endpoint/connect-error.ts';
import type { Transport } from '../origin/session.ts';
import { DialError, dialWebSocket } from '../transport/web-socket.ts';
import { dialWebTransport } from '../transport/web-transport-dial.ts';
import type { PushFailure } from './push-failure.ts';

type DialPeer = (address: PeerAddr, signal: AbortSignal) => Promise<Transport>;

/**
 * How long a WebTransport attempt may take before WebSocket is used instead, in milliseconds. A timeout is necessary,
 * because networks may drop UDP silently.
 */
const WEB_TRANSPORT_MS = 3_000;

/**
 * How long only WebSocket is used after WebTransport has failed, in milliseconds. The cause may be temporary,
 * such as a network without UDP, but each WebTransport attempt delays the connection.
 */
const WEB_TRANSPORT_RETRY_MS = 60_000;

/** Parts that tests replace: the clock, and the WebTransport client. */
interface RelayDialerParts {
  nowMs?: () => number;
  webTransport?: typeof dialWebTransport;
}

/**
 * Returns a function that connects to a relay: over iroh for a ticket or an endpoint id, otherwise over
 * WebTransport with WebSocket as the fallback. Returns null if `text` is not a relay address.
 */
export function relayDialer(
  text: string,
  token: string,
  dialPeer: DialPeer,
  { nowMs = () => performance.now(), webTransport = dialWebTransport }: RelayDialerParts = {},
): ((signal: AbortSignal) => Promise<Transport>) | null {
  const target = parsePushTarget(text);
  if (!target) return null;
  if (target.kind === 'iroh') return (signal) => dialPeer(target.address, signal);
  const url = new URL(target.url);
  if (token !== '') url.searchParams.set(RELAY_TOKEN_PARAM, token);
  // `wss:` explicitly requests WebSocket. `http:` and `ws:` cannot use WebTransport, which requires TLS.
  let webTransportFromMs = url.protocol === 'https:' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  return async (signal) => {
    if (nowMs() >= webTransportFromMs) {
      try {
        return await webTransport(url, signal, WEB_TRANSPORT_MS);
      } catch (error) {
        signal.throwIfAborted();
        webTransportFromMs = nowMs() + WEB_TRANSPORT_RETRY_MS;
        log.debug(`WebTransport to ${url.host}: ${messageOf(error)}`);
      }
    }
    return dialWebSocket(url, signal);
  };
}

/** Maps an error from a relay dialer (see `relayDialer`) to a `PushFailure`. */
export function pushFailureOf(error: unknown): PushFailure {
  if (error instanceof DialError) return error.reason;
  if (error instanceof ConnectError) {
    if (error.reason === 'refused' || error.reason === 'incompatible') return error.reason;
    return error.reason === 'self' || error.reason === 'invalid' ? 'invalid' : 'offline';
  }
  return 'offline';
}
