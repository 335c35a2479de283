/**
 * Largest gap or overlap between two packets that is treated as rounding or jitter, in microseconds. For
 * short packets, the limit is half their duration.
 */
const MAX_TOLERANCE_US = 10_000;
/** Minimum tolerance, in microseconds, because some containers store timestamps in milliseconds. */
const MIN_TOLERANCE_US = 1_000;
/**
 * Largest rounding error of a decoder's timestamps, in microseconds. The value is less than the duration of
 * the shortest packet, 2.5 ms.
 */
const ROUNDING_US = 1_000;
/**
 * Maximum number of packets that are waiting for their decoded output. A decoder may silently drop packets.
 */
const MAX_PENDING = 256;

interface PendingPacket {
  /** Start of the packet on the decoder's timeline, in microseconds. */
  readonly decoderUs: number;
  /** Start of the packet in media time, in microseconds. */
  readonly mediaUs: number;
  readonly durationUs: number | undefined;
}

/**
 * Maps between media time and a decoder's timeline, which has no gaps. Chromium's decoders count samples from
 * the first packet's timestamp, so their output would be too early after a gap. All times are in
 * microseconds.
 */
export class DecoderTimeline {
  #last: PendingPacket | undefined;
  #pending: PendingPacket[] = [];
  #learnedUs: number | undefined;

  /**
   * Adds a packet that is about to be decoded, and returns the timestamp to pass to the decoder.
   *
   * @param mediaUs the packet's timestamp
   * @param durationUs the duration that the packet or its container declares; undefined if unknown
   */
  add(mediaUs: number, durationUs: number | undefined): number {
    const last = this.#last;
    const packet = { ...this.#follow(last, mediaUs), durationUs };
    this.#last = packet;
    this.#pending.push(packet);
    if (this.#pending.length > MAX_PENDING) this.#pending.shift();
    return Math.round(packet.decoderUs);
  }

  /**
   * Converts the timestamp of decoded samples to media time. All known decoders output one packet at a time.
   */
  output(decoderUs: number, durationUs: number): number {
    this.#learnedUs = durationUs;
    while (this.#pending[1] && this.#pending[1].decoderUs <= decoderUs + ROUNDING_US) this.#pending.shift();
    const [packet] = this.#pending;
    return packet ? Math.round(packet.mediaUs + decoderUs - packet.decoderUs) : decoderUs;
  }

  #follow(last: PendingPacket | undefined, mediaUs: number): { decoderUs: number; mediaUs: number } {
    if (!last) return { decoderUs: mediaUs, mediaUs };
    const durationUs = last.durationUs ?? this.#learnedUs;
    // Without a known duration, a gap cannot be distinguished from a long packet.
    if (durationUs === undefined) {
      return { decoderUs: last.decoderUs + Math.max(0, mediaUs - last.mediaUs), mediaUs };
    }
    const expectedUs = last.mediaUs + durationUs;
    const toleranceUs = Math.min(MAX_TOLERANCE_US, Math.max(MIN_TOLERANCE_US, durationUs / 2));
    return {
      decoderUs: last.decoderUs + durationUs,
      mediaUs: Math.abs(mediaUs - expectedUs) > toleranceUs ? mediaUs : expectedUs,
    };
  }
}
