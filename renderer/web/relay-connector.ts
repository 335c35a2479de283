import { Connection } from '@moq/net';
import { sleep } from '../../common/base/sleep.ts';
import { Store } from '../../common/base/store.ts';
import type { RelayInfo } from '../../common/relay/relay-api.ts';
import type { Established, SessionConnector } from '../media/session/connector.ts';
import { anySignal } from '../media/shared/abort-signals.ts';
import type { RelayClient } from './relay-client.ts';
import { countReceived, openWebSocket, openWebTransport } from './relay-transports.ts';

/** How long WebTransport is tried alone before WebSocket is tried beside it, in milliseconds: a slow handshake fits. */
const HEAD_START_MS = 500;

/** Sessions with the relay: over WebTransport where that works, over WebSocket elsewhere. What worked is remembered. */
export class RelayConnector implements SessionConnector {
  readonly reachable = new Store(navigator.onLine);
  readonly #relay: RelayClient;
  readonly #onLine = () => this.reachable.set(true);
  readonly #offLine = () => this.reachable.set(false);
  #headStartMs = HEAD_START_MS;

  constructor(relay: RelayClient) {
    this.#relay = relay;
    addEventListener('online', this.#onLine);
    addEventListener('offline', this.#offLine);
  }

  /** The session tells the bytes that it receives in its `stats`. */
  async open(signal: AbortSignal): Promise<Established> {
    const info = await this.#relay.ask(signal);
    const transport = await this.#openFirst(info, signal);
    try {
      const url = this.#relay.address('/');
      const established = await Connection.connect(url, { transport: countReceived(transport), signal });
      // While the relay offers none, nothing is learnt of whether it would work.
      if (info.webTransport) this.#headStartMs = established.transport === 'websocket' ? 0 : HEAD_START_MS;
      return established;
    } catch (error) {
      transport.close();
      throw error;
    }
  }

  close(): void {
    removeEventListener('online', this.#onLine);
    removeEventListener('offline', this.#offLine);
  }

  /** Whichever transport is up first; the other one is given up. */
  async #openFirst(info: RelayInfo, signal: AbortSignal): Promise<WebTransport> {
    const decided = new AbortController();
    const { signal: open, dispose } = anySignal(signal, decided.signal);
    const webTransport = this.#webTransport(info, open);
    const webSocket = this.#webSocket(webTransport, open);
    try {
      const first = await Promise.any([webTransport, webSocket]);
      for (const each of [webTransport, webSocket]) {
        each.then(
          (transport) => transport !== first && transport.close(),
          () => undefined,
        );
      }
      return first;
    } catch (error) {
      signal.throwIfAborted();
      throw new Error('The relay answers, but takes no session from this page.', { cause: error });
    } finally {
      decided.abort();
      dispose();
    }
  }

  async #webTransport(info: RelayInfo, signal: AbortSignal): Promise<WebTransport> {
    if (!info.webTransport) throw new Error('The relay has no WebTransport.');
    if (!Connection.isWebTransportSupported())
      throw new Error('This browser has no WebTransport that works.');
    const url = this.#relay.address(info.webTransport.path);
    // There is none without TLS, whatever the page came over.
    url.protocol = 'https:';
    url.port = String(info.webTransport.port);
    return openWebTransport(url, info.certificateSha256, signal);
  }

  /** Begins after the head start, or when WebTransport has failed. */
  async #webSocket(webTransport: Promise<WebTransport>, signal: AbortSignal): Promise<WebTransport> {
    const failed = new AbortController();
    webTransport.catch(() => failed.abort());
    const { signal: begin, dispose } = anySignal(signal, failed.signal);
    await sleep(this.#headStartMs, begin);
    dispose();
    const url = this.#relay.address('/');
    url.protocol = url.protocol.replace(/^http/, 'ws');
    return openWebSocket(url, signal);
  }
}
