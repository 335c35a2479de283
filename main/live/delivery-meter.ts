import { Session } from '../origin/session.ts';

/** Media rate at which a viewer's connection counts as in use, in bytes per second. Audio alone takes about 2,000. */
const MIN_BYTES_PER_S = 500;
/**
 * Fraction of the publishers' rate that is sufficient if they send little. It is not higher, because a viewer
 * reads only some of the tracks.
 */
const MIN_SHARE = 1 / 2;
/** Number of samples per measuring window. */
const SAMPLES = 6;

/**
 * Determines whether viewers receive the media that they subscribe to. Without this check, a peer could keep
 * its slot by requesting groups that never arrive, or by reading a few bytes per minute.
 */
export class DeliveryMeter {
  readonly #windowMs: number;
  readonly #nowMs: () => number;
  readonly #sent = new WeakMap<Session, WindowedRate>();
  readonly #received = new WeakMap<Session, WindowedRate>();

  /**
   * @param windowMs the time over which rates are measured, in ms
   * @param nowMs a monotonic clock in milliseconds; tests pass their own
   */
  constructor(windowMs: number, nowMs: () => number = () => performance.now()) {
    this.#windowMs = windowMs;
    this.#nowMs = nowMs;
  }

  /**
   * Whether a viewer receives at least 500 B/s, or half of what its publishers send if that is less. Always
   * true during the viewer's first window, and while the publishers send nothing. Must be called several
   * times per window.
   *
   * @param publishers the publishers of the broadcasts that the viewer reads
   */
  receivesEnough(viewer: Session, publishers: Iterable<object>): boolean {
    let offered = 0;
    for (const publisher of publishers) {
      if (!(publisher instanceof Session)) continue;
      offered += this.#rate(this.#received, publisher, publisher.groupBytes.received) ?? 0;
    }
    const delivered = this.#rate(this.#sent, viewer, viewer.groupBytes.sent);
    return delivered === undefined || delivered >= Math.min(MIN_BYTES_PER_S, offered * MIN_SHARE);
  }

  #rate(rates: WeakMap<Session, WindowedRate>, session: Session, bytes: number): number | undefined {
    let rate = rates.get(session);
    if (!rate) {
      rate = new WindowedRate(this.#windowMs);
      rates.set(session, rate);
    }
    return rate.sample(bytes, this.#nowMs());
  }
}

/** Computes the average rate of a growing counter over the last window. */
class WindowedRate {
  readonly #windowMs: number;
  /** Oldest first. The first one is at least one window old once the window is full. */
  readonly #samples: { bytes: number; atMs: number }[] = [];

  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  /** Returns the rate in bytes per second; undefined until the window is full. */
  sample(bytes: number, atMs: number): number | undefined {
    const last = this.#samples.at(-1);
    if (!last || atMs - last.atMs >= this.#windowMs / SAMPLES) this.#samples.push({ bytes, atMs });
    while ((this.#samples[1]?.atMs ?? Number.POSITIVE_INFINITY) <= atMs - this.#windowMs)
      this.#samples.shift();
    const [first] = this.#samples;
    if (!first || atMs - first.atMs < this.#windowMs) return undefined;
    return ((bytes - first.bytes) * 1_000) / (atMs - first.atMs);
  }
}
