import { randomBytes } from 'node:crypto';
import type { Endpoint as IrohEndpoint } from '@number0/iroh';
import { messageOf } from '../../common/base/errors.ts';
import type { PeerAddr } from '../../common/ticket/ticket.ts';
import { log } from '../base/log.ts';
import { LruMap } from '../base/lru-map.ts';
import { bindEndpoint } from './bind.ts';
import { ConnectError } from './connect-error.ts';
import { Dialer } from './dial.ts';

/**
 * An ALPN that no peer supports. A peer refuses the first packet of such a handshake, which costs it almost
 * nothing. The refusal proves that packets arrive in both directions.
 */
const PROBE_ALPN = 'iroh-live-probe';
/** Maximum number of probes at a time. Each opens an endpoint. */
const MAX_PROBES = 4;
/** Minimum time between the starts of two probes of one peer, in ms. */
const MIN_INTERVAL_MS = 1_000;
/** Maximum duration of a probe, in ms. */
const TIMEOUT_MS = 3_000;
/** Maximum number of peers whose last probe is remembered. */
const MAX_REMEMBERED = 256;

/** Options for a `PeerProber`. */
interface PeerProberOptions {
  /** Whether probes may use iroh relays. */
  usesRelays: boolean;
}

interface Probe {
  startedAtMs: number;
  answered: Promise<boolean>;
}

/**
 * Checks whether peers can be reached on a path other than the one that the app's connections to them share.
 * The app's own endpoint cannot do this, because it sends everything for a peer on the shared path, even new
 * dials. Each probe therefore uses an endpoint of its own with a random key, which connects through the peer's
 * relay and to its addresses.
 *
 * A relay delivers packets by endpoint id, but at an IP address, a refusal does not prove who sent it. An answer
 * must therefore have no consequence other than a new, authenticated dial.
 */
export class PeerProber {
  readonly #options: PeerProberOptions;
  /** The last probe of each peer, by endpoint id. */
  readonly #probes = new LruMap<Probe>(MAX_REMEMBERED);
  #running = 0;
  readonly #closed = new AbortController();

  constructor(options: PeerProberOptions) {
    this.#options = options;
  }

  /**
   * Probes a peer. Concurrent calls for one peer share a probe. Resolves to false without a probe if the last
   * one began less than a second ago or if too many are running. Never rejects.
   */
  async probe(peer: PeerAddr, signal: AbortSignal): Promise<boolean> {
    const nowMs = performance.now();
    const last = this.#probes.get(peer.endpointId);
    if (last && nowMs - last.startedAtMs < MIN_INTERVAL_MS) return last.answered;
    if (this.#running >= MAX_PROBES || this.#closed.signal.aborted || signal.aborted) return false;
    const limits = [signal, this.#closed.signal, AbortSignal.timeout(TIMEOUT_MS)];
    const answered = this.#run(peer, AbortSignal.any(limits));
    this.#probes.set(peer.endpointId, { startedAtMs: nowMs, answered });
    return answered;
  }

  /** Ends all probes, which then resolve to false. Idempotent. */
  close(): void {
    this.#closed.abort();
  }

  async #run(peer: PeerAddr, signal: AbortSignal): Promise<boolean> {
    this.#running += 1;
    let endpoint: IrohEndpoint | undefined;
    try {
      endpoint = await this.#openEndpoint(peer);
      const dialer = new Dialer(endpoint, [PROBE_ALPN]);
      const connection = await dialer.dial(peer, { signal, timeoutMs: TIMEOUT_MS });
      connection.close(0n, []);
      return true;
    } catch (error) {
      const isAnswer =
        error instanceof ConnectError && (error.reason === 'incompatible' || error.reason === 'refused');
      if (!isAnswer) log.debug(`probe of ${peer.endpointId.slice(0, 10)}: ${messageOf(error)}`);
      return isAnswer;
    } finally {
      this.#running -= 1;
      endpoint?.close().catch((error: unknown) => log.debug(`probe: ${messageOf(error)}`));
    }
  }

  #openEndpoint({ relayUrls }: PeerAddr): Promise<IrohEndpoint> {
    const [relay = 'disabled'] = this.#options.usesRelays ? relayUrls : [];
    return bindEndpoint({ secretKey: randomBytes(32), relay, lookup: false, alpns: [] });
  }
}
