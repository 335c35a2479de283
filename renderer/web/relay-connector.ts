import { Connection } from '@moq/net';
import type { RelayInfo } from '../../common/relay-api.ts';
import { Store } from '../../common/store.ts';
import type { Connector, Established } from '../media/connector.ts';
import type { RelayClient } from './relay-client.ts';

/** How long WebTransport is tried alone before WebSocket is tried beside it, in milliseconds: a slow handshake fits. */
const HEAD_START_MS = 500;

/** Sessions with the relay: over WebTransport where that works, over WebSocket elsewhere. What worked is remembered. */
export class RelayConnector implements Connector {
  readonly up = new Store(navigator.onLine);
  readonly #relay: RelayClient;
  readonly #onLine = () => this.up.set(true);
  readonly #offLine = () => this.up.set(false);

  constructor(relay: RelayClient) {
    this.#relay = relay;
    addEventListener('online', this.#onLine);
    addEventListener('offline', this.#offLine);
  }

  async open(signal: AbortSignal): Promise<Established> {
    const info = await this.#relay.ask(signal);
    return Connection.connect(this.#webTransportUrl(info), {
      signal,
      webtransport: info.certificateSha256
        ? { serverCertificateHashes: [{ value: info.certificateSha256 }] }
        : {},
      websocket: { url: this.#relay.address('/'), delay: info.webTransport ? HEAD_START_MS : 0 },
    });
  }

  close(): void {
    removeEventListener('online', this.#onLine);
    removeEventListener('offline', this.#offLine);
  }

  #webTransportUrl({ webTransport }: RelayInfo): URL {
    const url = this.#relay.address(webTransport?.path ?? '/');
    // There is no WebTransport without TLS, whatever the page came over.
    url.protocol = 'https:';
    if (webTransport) url.port = String(webTransport.port);
    return url;
  }
}
