import { messageOf } from '../../common/base/errors.ts';
import { RELAY_TOKEN_PARAM } from '../../common/relay/relay-api.ts';
import { parsePushTarget } from '../../common/ticket/relay-url.ts';
import type { PeerAddr } from '../../common/ticket/ticket.ts';
import { log } from '../base/log.ts';
import { ConnectError } from '../endpoint/connect-error.ts';
import type { Transport } from '../origin/session.ts';
import { DialError, dialWebSocket } from '../transport/web-socket.ts';
import { dialWebTransport } from '../transport/web-transport-dial.ts';
import type { PushFailure } from './push-words.ts';

type DialPeer = (address: PeerAddr, signal: AbortSignal) => Promise<Transport>;

/** How long WebTransport may take before WebSocket is used, in milliseconds: networks without UDP do not say so. */
const WEB_TRANSPORT_MS = 3_000;

/**
 * WebTransport that did not work is left alone for this long, in milliseconds: what stood in its way may be gone, such
 * as another network or a server that was busy, and a call waits for it but now and then.
 */
const WEB_TRANSPORT_AGAIN_MS = 60_000;

/** For tests: the clock, and how WebTransport is dialled. */
export interface PushDialParts {
  nowMs?: () => number;
  webTransport?: typeof dialWebTransport;
}

/**
 * How a relay is called that a person named: over iroh by its endpoint, else over WebTransport where that can be had,
 * or WebSocket. Null for what names no relay.
 */
export function pushDial(
  text: string,
  token: string,
  dialPeer: DialPeer,
  { nowMs = () => performance.now(), webTransport = dialWebTransport }: PushDialParts = {},
): ((signal: AbortSignal) => Promise<Transport>) | null {
  const target = parsePushTarget(text);
  if (!target) return null;
  if (target.kind === 'iroh') return (signal) => dialPeer(target.address, signal);
  const url = new URL(target.url);
  if (token !== '') url.searchParams.set(RELAY_TOKEN_PARAM, token);
  // A person who says `wss:` wants that, and without TLS there is no WebTransport.
  let webTransportFromMs = url.protocol === 'https:' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  return async (signal) => {
    if (nowMs() >= webTransportFromMs) {
      try {
        return await webTransport(url, signal, WEB_TRANSPORT_MS);
      } catch (error) {
        signal.throwIfAborted();
        // What did not work once is not waited for at every call.
        webTransportFromMs = nowMs() + WEB_TRANSPORT_AGAIN_MS;
        log.debug(`WebTransport to ${url.host}: ${messageOf(error)}`);
      }
    }
    return dialWebSocket(url, signal);
  };
}

/** What a call's error means for the person. */
export function pushFailureOf(error: unknown): PushFailure {
  if (error instanceof DialError) return error.reason;
  if (error instanceof ConnectError) {
    if (error.reason === 'refused' || error.reason === 'incompatible') return error.reason;
    return error.reason === 'self' || error.reason === 'invalid' ? 'invalid' : 'offline';
  }
  return 'offline';
}
