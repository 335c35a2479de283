import { Connection } from '@moq/net';
import type { Readable } from '../../../common/base/store.ts';
import type { Bridge } from '../../../common/bridge/bridge.ts';
import { abortable } from '../shared/abort-signals.ts';
import { CoalescingSession } from './coalescing-session.ts';

/** An open MoQ session. */
export type Established = Connection.Established;

/** Opens MoQ sessions with the app's main process or with a relay. */
export interface SessionConnector {
  /**
   * Opens one session. Leaves nothing open if it fails.
   *
   * @throws RefusedError if an immediate retry cannot succeed; Error if the session cannot be opened, or the
   * signal's reason
   */
  open(signal: AbortSignal): Promise<Established>;
  /**
   * Whether main or the relay is known to be reachable. When it becomes true, it is worth retrying
   * immediately.
   */
  readonly reachable: Pick<Readable<boolean>, 'subscribe'>;
}

/**
 * Receive limits of the qmux transport, in streams and bytes. With the defaults (100 streams, 256 KB each), a
 * new viewer's first group and audio, which uses one stream per frame, are late at high bitrates.
 */
export const QMUX_LIMITS = {
  maxStreamsUni: 1024n,
  maxStreamDataUni: 4n * 2n ** 20n,
  maxData: 16n * 2n ** 20n,
};

/**
 * Maximum number of bytes queued in the socket, equal to main's limit. qmux checks for free space only every
 * 10 ms, so the default of 64 KB would delay larger keyframes.
 */
const SEND_BUFFER_BYTES = 256 * 1024;

/** Placeholder URL for logs; the socket is already open. */
const CHANNEL_URL = new URL('https://main.invalid/media');

/** Connects to main through the bridge's media channels. */
export function bridgeConnector(bridge: Pick<Bridge, 'openMedia' | 'connected'>): SessionConnector {
  return {
    reachable: bridge.connected,
    open: async (signal) => {
      const socket = await bridge.openMedia(signal);
      const transport = new CoalescingSession(socket, {
        config: QMUX_LIMITS,
        sendBufferSize: SEND_BUFFER_BYTES,
      });
      try {
        // Prevents unhandled rejections. The calls below report the same errors.
        transport.closed.catch(() => undefined);
        transport.ready.catch(() => undefined);
        // The protocol is not negotiated until the transport is ready.
        await abortable(transport.ready, signal);
        return await Connection.connect(CHANNEL_URL, { transport, signal });
      } catch (error) {
        transport.close();
        throw error;
      }
    },
  };
}
