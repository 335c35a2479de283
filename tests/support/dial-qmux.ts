import Session from '@moq/qmux';
import type { MediaSocket } from '../../common/bridge/bridge.ts';
import type { MediaTransport } from '../../main/transport/media-transport.ts';
import { QMUX_LIMITS, QMUX_VERSION } from '../../main/transport/qmux.ts';

/**
 * Like the window, opens the client end of a qmux transport over a socket that is open or opening.
 * @param protocol the MoQ version, such as `moq-lite-05`
 */
export function dialQmux(socket: MediaSocket, protocol: string): MediaTransport {
  return new Session(withProtocol(socket, `${QMUX_VERSION}.${protocol}`), QMUX_LIMITS);
}

/** Sets the socket's `protocol`, which a qmux client requires and in-memory sockets lack. */
function withProtocol(socket: MediaSocket, protocol: string): MediaSocket {
  return new Proxy(socket, {
    get(target, key) {
      if (key === 'protocol') return protocol;
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
    set: (target, key, value) => Reflect.set(target, key, value, target),
  });
}
