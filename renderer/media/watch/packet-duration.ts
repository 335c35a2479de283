/** Frame durations of the SILK modes of Opus, in microseconds (RFC 6716, section 3.1, table 2). */
const SILK_US = [10_000, 20_000, 40_000, 60_000];
/** Frame durations of the hybrid modes, in microseconds (same table). */
const HYBRID_US = [10_000, 20_000];
/** Frame durations of the CELT modes, in microseconds (same table). */
const CELT_US = [2_500, 5_000, 10_000, 20_000];
/** The first configuration number of the hybrid modes, and that of the CELT modes (same table). */
const FIRST_HYBRID = 12;
const FIRST_CELT = 16;
/** Longest packet that Opus allows, in microseconds (RFC 6716, section 3.2.5). */
const MAX_PACKET_US = 120_000;

/**
 * Returns the duration of an Opus packet, 2,500 to 120,000 microseconds, from its first one or two bytes (RFC
 * 6716, section 3.1). Undefined if the packet is invalid.
 */
export function opusPacketDurationUs(packet: Uint8Array): number | undefined {
  const [first, second] = packet;
  if (first === undefined) return undefined;
  const frameUs = frameDurationUs(first >> 3);
  const frames = frameCount(first & 0b11, second);
  if (frameUs === undefined || frames === undefined || frames === 0) return undefined;
  return frameUs * frames <= MAX_PACKET_US ? frameUs * frames : undefined;
}

function frameDurationUs(configuration: number): number | undefined {
  if (configuration < FIRST_HYBRID) return SILK_US[configuration % SILK_US.length];
  if (configuration < FIRST_CELT) return HYBRID_US[configuration % HYBRID_US.length];
  return CELT_US[configuration % CELT_US.length];
}

/** Returns the number of frames in a packet, given its frame count code and its second byte. */
function frameCount(code: number, second: number | undefined): number | undefined {
  if (code === 0) return 1;
  return code === 3 ? second && second & 0b11_1111 : 2;
}
