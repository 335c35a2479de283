import type { Connection, Incoming, Endpoint as IrohEndpoint } from '@number0/iroh';
import { clientKey } from '../base/client-key.ts';
import { log } from '../base/log.ts';
import { ThrottledLog } from '../base/throttled-log.ts';
import { withinTime } from '../base/within-time.ts';
import { irohMessage } from '../transport/transport-error.ts';
import type { Admission } from './admission.ts';
import type { AttemptSource } from './handshake-slots.ts';

/** Timeout of a handshake from its start, in milliseconds. A handshake normally needs one or two round trips. */
const HANDSHAKE_TIMEOUT_MS = 10_000;

/** Admission control, and callbacks for accepted connections. */
export interface AcceptOptions {
  admission: Admission;
  /** Whether connections are currently accepted. If not, every attempt is refused. */
  isOpen: () => boolean;
  /**
   * Whether a peer that connects through an iroh relay is a contact whose endpoint id that relay has verified.
   *
   * @param relayUrl the relay's URL as iroh reports it
   */
  isRelayedContact: (endpointId: string, relayUrl: string) => boolean;
  /**
   * Receives every accepted connection and its source in the format of `IncomingPeer.from`. The receiver must call
   * `release` once the connection has ended.
   */
  onConnection: (connection: Connection, release: () => void, from: string) => void;
}

/**
 * Accepts connections until the endpoint closes. Each attempt is admitted or refused before its handshake. Handshakes
 * run concurrently. Never rejects.
 */
export async function acceptLoop(endpoint: IrohEndpoint, options: AcceptOptions): Promise<void> {
  const refusals = new ThrottledLog({ write: log.warn });
  for (;;) {
    let incoming: Incoming | null;
    try {
      incoming = await endpoint.acceptNext();
    } catch (error) {
      log.debug(`stopped accepting connections: ${irohMessage(error)}`);
      return;
    }
    if (!incoming) return;
    void accept(incoming, options, refusals).catch((error: unknown) =>
      log.debug(`incoming connection failed: ${irohMessage(error)}`),
    );
  }
}

async function accept(
  incoming: Incoming,
  { admission, isOpen, isRelayedContact, onConnection }: AcceptOptions,
  refusals: ThrottledLog,
): Promise<void> {
  if (!isOpen()) return incoming.refuse();
  const source = await sourceOf(incoming, isRelayedContact);
  const admitted = admission.admit(source);
  if (!admitted) {
    refusals.add(`too many connections: refused one from ${source.from}`);
    await incoming.refuse();
    return;
  }
  try {
    const connection = await handshake(incoming, admitted.signal);
    admitted.endHandshake();
    onConnection(connection, admitted.release, source.from);
  } catch (error) {
    admitted.release();
    throw error;
  }
}

/** Identifies the peer by its IP address or network (see `clientKey`), or by its endpoint id behind an iroh relay. */
async function sourceOf(
  incoming: Incoming,
  isRelayedContact: AcceptOptions['isRelayedContact'],
): Promise<AttemptSource> {
  const { endpointId, addr, kind } = await incoming.remoteAddr();
  if (endpointId !== undefined) {
    const isContact = addr !== undefined && isRelayedContact(endpointId, addr);
    return { from: endpointId, isRelayed: true, isContact };
  }
  return { from: addr === undefined ? kind : clientKey(addr), isRelayed: false, isContact: false };
}

/** Rejects if the handshake fails or times out, or if `signal` is aborted. */
function handshake(incoming: Incoming, signal: AbortSignal): Promise<Connection> {
  const connecting = incoming.accept().then((accepting) => accepting.connect());
  return withinTime(connecting, {
    timeoutMs: HANDSHAKE_TIMEOUT_MS,
    timeoutError: () => new Error('the handshake took too long'),
    signal,
    discard: (late) => late.close(0n, Array.from(Buffer.from('too late'))),
  });
}
