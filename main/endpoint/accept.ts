import type { Connection, Incoming, Endpoint as IrohEndpoint } from '@number0/iroh';
import { messageOf } from '../../common/base/errors.ts';
import { clientKey } from '../base/client-key.ts';
import { log } from '../base/log.ts';
import { QuietLog } from '../base/quiet-log.ts';
import { irohMessage } from '../transport/transport-error.ts';
import type { Admission } from './admission.ts';

/** A handshake takes one or two round trips; a peer that takes longer than this, in milliseconds, is dropped. */
export const HANDSHAKE_TIMEOUT_MS = 10_000;

/** Who is let in. */
export interface Door {
  admission: Admission;
  open: () => boolean;
  take: (connection: Connection, gone: () => void, from: string) => void;
}

/**
 * Takes in connections until the endpoint closes. Each attempt is admitted or refused before its handshake; handshakes
 * run side by side. `take` gets every connection, a function to call once when
 * that connection is gone, and where it came from. While it is not `open` everybody is refused.
 */
export async function acceptLoop(endpoint: IrohEndpoint, door: Door): Promise<void> {
  const refusals = new QuietLog({ tell: log.warn });
  for (;;) {
    let incoming: Incoming | null;
    try {
      incoming = await endpoint.acceptNext();
    } catch (error) {
      log.debug(`accepting ended: ${irohMessage(error)}`);
      return;
    }
    if (!incoming) return;
    void handle(incoming, { ...door, refusals }).catch((error: unknown) =>
      log.debug(`incoming connection failed: ${irohMessage(error)}`),
    );
  }
}

async function handle(
  incoming: Incoming,
  { admission, open, refusals, take }: Door & { refusals: QuietLog },
): Promise<void> {
  if (!open()) return incoming.refuse();
  const from = await sourceOf(incoming);
  const release = admission.admit(from);
  if (!release) {
    refusals.add(`too many connections: one from ${from} was refused`);
    await incoming.refuse();
    return;
  }
  try {
    take(await handshake(incoming), release, from);
  } catch (error) {
    release();
    throw error;
  }
}

/** The IP address or its network, or behind a relay the peer's id. */
async function sourceOf(incoming: Incoming): Promise<string> {
  const remote = await incoming.remoteAddr();
  return remote.endpointId ?? (remote.addr ? clientKey(remote.addr) : remote.kind);
}

async function handshake(incoming: Incoming): Promise<Connection> {
  const { promise: timeout, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error('the handshake took too long')), HANDSHAKE_TIMEOUT_MS);
  const connecting = incoming.accept().then((accepting) => accepting.connect());
  try {
    return await Promise.race([connecting, timeout]);
  } catch (error) {
    connecting.then(
      (late) => late.close(0n, Array.from(Buffer.from('too late'))),
      (cause: unknown) => log.debug(`handshake: ${messageOf(irohMessage(cause))}`),
    );
    throw error;
  } finally {
    clearTimeout(timer);
  }
}
