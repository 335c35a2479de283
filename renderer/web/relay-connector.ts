import { Connection } from '@moq/net';
import { Scope } from '../../common/base/scope.ts';
import { sleep } from '../../common/base/sleep.ts';
import { type Readable, Store } from '../../common/base/store.ts';
import { CLOSE_BANDWIDTH, CLOSE_TAKEN_PATH } from '../../common/relay/relay-api.ts';
import type { RelayInfo } from '../../common/relay/relay-schemas.ts';
import type { Established, SessionConnector } from '../media/session/connector.ts';
import { anySignal } from '../media/shared/abort-signals.ts';
import { RelayRefusedError } from './refusal.ts';
import type { RelayClient } from './relay-client.ts';
import { countReceived, openWebSocket, openWebTransport } from './relay-transports.ts';

/** Head start of WebTransport over WebSocket, in milliseconds; long enough for a slow handshake. */
const HEAD_START_MS = 500;

/**
 * After this long, in milliseconds, the relay has accepted the session's broadcasts. If their names are
 * taken, it closes the session within half a second.
 */
const ACCEPTED_MS = 3_000;

/**
 * Opens sessions with the relay over WebTransport, or over WebSocket if WebTransport is unavailable or slow.
 * After a session over WebSocket, the next attempt starts both at the same time.
 */
export class RelayConnector implements SessionConnector {
  readonly reachable = new Store(navigator.onLine);
  readonly #relay: RelayClient;
  readonly #nameTaken = new Store(false);
  readonly #scope = new Scope();
  #headStartMs = HEAD_START_MS;
  /** Whether the relay closed the last session because it used too much bandwidth. */
  #exceededBandwidth = false;

  constructor(relay: RelayClient) {
    this.#relay = relay;
    const { signal } = this.#scope;
    addEventListener('online', () => this.reachable.set(true), { signal });
    addEventListener('offline', () => this.reachable.set(false), { signal });
  }

  /** Whether the relay refused the last session because another publisher is using the broadcast's name. */
  get nameTaken(): Readable<boolean> {
    return this.#nameTaken;
  }

  /**
   * Opens a session whose `stats` include the number of received bytes.
   *
   * @throws RelayRefusedError if the relay refuses this page's sessions; Error with a message for the user; the
   *   signal's reason
   */
  async open(signal: AbortSignal): Promise<Established> {
    if (this.#exceededBandwidth) {
      // After this error, the next attempt waits as long as it does for other limits.
      this.#exceededBandwidth = false;
      throw new RelayRefusedError('bandwidth-per-client');
    }
    const info = await this.#relay.fetchInfo(signal);
    if (allowsNothing(info)) throw new RelayRefusedError('needed');
    const transport = await this.#openFirst(info, signal).catch((error: unknown) =>
      this.#explainFailure(error, signal),
    );
    try {
      const url = this.#relay.urlFor('/');
      const established = await Connection.connect(url, { transport: countReceived(transport), signal });
      // If the relay does not serve WebTransport, a WebSocket session does not mean that WebTransport has
      // failed.
      if (info.webTransport) this.#headStartMs = established.transport === 'websocket' ? 0 : HEAD_START_MS;
      this.#watchRefusal(transport);
      return established;
    } catch (error) {
      transport.close();
      throw error;
    }
  }

  close(): Promise<void> {
    return this.#scope.close();
  }

  /**
   * Asks the relay why it refused a session, because browsers hide the status of failed attempts. Rejects
   * with the relay's reason, or with `error` if there is none.
   */
  async #explainFailure(error: unknown, signal: AbortSignal): Promise<never> {
    signal.throwIfAborted();
    this.#relay.forgetInfo();
    const info = await this.#relay.fetchInfo(signal);
    throw info.limit ? new RelayRefusedError(info.limit) : error;
  }

  #watchRefusal(transport: WebTransport): void {
    const timer = setTimeout(() => this.#nameTaken.set(false), ACCEPTED_MS);
    transport.closed.then(
      ({ closeCode }) => {
        clearTimeout(timer);
        if (closeCode === CLOSE_TAKEN_PATH) this.#nameTaken.set(true);
        this.#exceededBandwidth = closeCode === CLOSE_BANDWIDTH;
        // The token might have expired, which only a new response would show.
        this.#relay.forgetInfo();
      },
      // The connection was lost.
      () => {
        clearTimeout(timer);
        this.#relay.forgetInfo();
      },
    );
  }

  /** Returns the transport that is ready first, and closes the other. */
  async #openFirst(info: RelayInfo, signal: AbortSignal): Promise<WebTransport> {
    const decided = new AbortController();
    const { signal: open, dispose } = anySignal(signal, decided.signal);
    const webTransport = this.#openWebTransport(info, open);
    const webSocket = this.#openWebSocket(webTransport, open);
    try {
      const first = await Promise.any([webTransport, webSocket]);
      for (const attempt of [webTransport, webSocket]) {
        attempt.then(
          (transport) => transport !== first && transport.close(),
          () => undefined,
        );
      }
      return first;
    } catch (error) {
      signal.throwIfAborted();
      throw new Error('The relay responded, but did not accept a session from this page.', { cause: error });
    } finally {
      decided.abort();
      dispose();
    }
  }

  async #openWebTransport(info: RelayInfo, signal: AbortSignal): Promise<WebTransport> {
    if (!info.webTransport) throw new Error('The relay does not support WebTransport.');
    if (!Connection.isWebTransportSupported()) throw new Error('This browser does not support WebTransport.');
    const url = this.#relay.urlFor('/');
    // WebTransport reaches the relay without the proxy, so a proxy's base path does not apply.
    const { pathname, searchParams } = new URL(info.webTransport.path, url.origin);
    url.pathname = pathname;
    for (const [name, value] of searchParams) url.searchParams.set(name, value);
    // WebTransport always uses TLS, even if the page was loaded over http.
    url.protocol = 'https:';
    url.port = String(info.webTransport.port);
    return openWebTransport(url, info.certificateSha256, signal);
  }

  /** Opens a WebSocket once WebTransport's head start is over, or as soon as WebTransport has failed. */
  async #openWebSocket(webTransport: Promise<WebTransport>, signal: AbortSignal): Promise<WebTransport> {
    const failed = new AbortController();
    webTransport.catch(() => failed.abort());
    const { signal: begin, dispose } = anySignal(signal, failed.signal);
    await sleep(this.#headStartMs, begin);
    dispose();
    const url = this.#relay.urlFor('/');
    url.protocol = url.protocol.replace(/^http/, 'ws');
    return openWebSocket(url, signal);
  }
}

/** Whether the relay would refuse every session of this page. */
function allowsNothing({ read, publish, mayPull }: RelayInfo): boolean {
  return read.length === 0 && publish.length === 0 && !mayPull;
}
