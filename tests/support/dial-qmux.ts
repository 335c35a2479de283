import Session from '@moq/qmux';
import type { MediaSocket } from '../../common/bridge/bridge.ts';
import type { MediaTransport } from '../../main/transport/media-transport.ts';
import { QMUX_LIMITS, QMUX_VERSION } from '../../main/transport/qmux.ts';

/** The client's side, as the window has it, over a socket that is open or opening. */
export function dialQmux(socket: MediaSocket, protocol: string): MediaTransport {
  const named = withProtocol(socket, `${QMUX_VERSION}.${protocol}`);
  return new Session(named, QMUX_LIMITS);
}

/** In the client's role qmux goes by the socket's own `protocol`, which not every socket has. */
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
