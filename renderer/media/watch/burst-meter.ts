/** Largest pause between two packets of one burst, in milliseconds. */
const SAME_BURST_MS = 5;
/** Number of recent bursts that are measured. */
const BURSTS = 9;
/** Largest buffer, in milliseconds. Playback with a longer delay is no longer live. */
const MAX_BUFFER_MS = 1_000;

/** Smallest span that counts as a burst, and the margin that is added to it, in milliseconds. */
const MIN_SPAN_MS = 60;
const MARGIN_MS = 20;

/**
 * Measures how much audio a publisher sends at once. Some collect half a second of packets before they send them, for
 * example because they read them from an MPEG transport stream. A stalled network also causes bursts, but they are
 * outnumbered by single packets.
 */
export class BurstMeter {
  readonly #spans: number[] = [];
  #burst: { firstMs: number; lastMs: number; atMs: number } | undefined;
  #bufferMs = 0;

  /**
   * The buffer that evens out a typical burst, in milliseconds: the media time between its first and its last packet, and
   * a margin. Zero if packets arrive one by one.
   */
  get bufferMs(): number {
    return this.#bufferMs;
  }

  /** Adds the arrival of a packet with media time `mediaMs`. Returns whether `bufferMs` changed. */
  addArrival(mediaMs: number, nowMs: number): boolean {
    const burst = this.#burst;
    if (burst && nowMs - burst.atMs <= SAME_BURST_MS) {
      burst.lastMs = Math.max(burst.lastMs, mediaMs);
      burst.atMs = nowMs;
      return false;
    }
    this.#burst = { firstMs: mediaMs, lastMs: mediaMs, atMs: nowMs };
    if (!burst) return false;
    this.#spans.push(burst.lastMs - burst.firstMs);
    if (this.#spans.length > BURSTS) this.#spans.shift();
    const median = [...this.#spans].sort((a, b) => a - b)[Math.floor((this.#spans.length - 1) / 2)] ?? 0;
    const before = this.#bufferMs;
    this.#bufferMs = median < MIN_SPAN_MS ? 0 : Math.min(MAX_BUFFER_MS, Math.round(median) + MARGIN_MS);
    return this.#bufferMs !== before;
  }
}
