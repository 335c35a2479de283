/** Computes the bit rate from a growing byte counter. A counter that has decreased is assumed to have restarted at 0. */
export class RateMeter {
  #last: { bytes: number; atMs: number } | undefined;

  /** Returns the average bit rate since the previous call; 0 for the first call. */
  sample(bytes: number, atMs: number): number {
    const last = this.#last;
    this.#last = { bytes, atMs };
    if (!last || atMs <= last.atMs) return 0;
    const grown = bytes >= last.bytes ? bytes - last.bytes : bytes;
    return Math.round((grown * 8_000) / (atMs - last.atMs));
  }
}
