import { Connection } from '@moq/net';
import type { Readable } from '../../../common/base/store.ts';
import type { Bridge } from '../../../common/bridge/bridge.ts';
import { ThriftySession } from './coalescing-session.ts';
import { orAborted } from '../shared/abort-signals.ts';

export type Established = Connection.Established;

/** Where sessions come from: the app's main process, or a relay. */
export interface Connector {
  /** Opens one session. Rejects when it cannot, or with the signal's reason; nothing is left open then. */
  open(signal: AbortSignal): Promise<Established>;
  /** Whether the other end can be reached as far as known; turning true, it is worth trying again at once. */
  readonly up: Pick<Readable<boolean>, 'subscribe'>;
}

/**
 * What this end takes at once: qmux's own limits (100 streams, 256 KB in each) would hold back a joiner's first
 * group at high bit rates, and sound, whose every frame is a stream.
 */
export const QMUX_LIMITS = {
  maxStreamsUni: 1024n,
  maxStreamDataUni: 4n * 2n ** 20n,
  maxData: 16n * 2n ** 20n,
};

/**
 * What may wait in the socket, in bytes, as main has it: qmux looks only every 10 ms whether there is room again, and a
 * keyframe larger than its own 64 KB would wait for that.
 */
const SEND_BUFFER_BYTES = 256 * 1024;

/** For logs; the socket is there already. */
const CHANNEL_URL = new URL('https://main.invalid/media');

/** Sessions with main over the bridge's media channels. */
export function bridgeConnector(bridge: Pick<Bridge, 'openMedia' | 'connected'>): Connector {
  return {
    up: bridge.connected,
    open: async (signal) => {
      const socket = await bridge.openMedia(signal);
      const transport = new ThriftySession(socket, {
        config: QMUX_LIMITS,
        sendBufferSize: SEND_BUFFER_BYTES,
      });
      try {
        // Rejections are seen where they are awaited; a session that dies before that must not go unhandled.
        transport.closed.catch(() => undefined);
        transport.ready.catch(() => undefined);
        // The protocol is known once the session is up.
        await orAborted(transport.ready, signal);
        return await Connection.connect(CHANNEL_URL, { transport, signal });
      } catch (error) {
        transport.close();
        throw error;
      }
    },
  };
}
