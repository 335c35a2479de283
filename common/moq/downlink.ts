/** Interval between downlink samples, in ms: five per second, the rate of iroh-live's network signals. */
export const DOWNLINK_SAMPLE_MS = 200;

/**
 * Returns the bit rate received within one interval, in whole bits per second; 0 if the byte counter
 * restarted.
 */
export function goodputBps(receivedBytes: number, elapsedMs: number): number {
  return Math.round((Math.max(0, receivedBytes) * 8_000) / elapsedMs);
}

/** The part of an established MoQ session that provides the peer's latest PROBE message. */
interface ProbedSession {
  readonly probe: { peek(): { readonly estimatedRecvRate?: number | undefined } };
}

/**
 * Returns the bit rate at which the peer's congestion control would let it send to us, in bits per second. Null
 * before the first PROBE message, and if the peer sends none.
 */
export function senderEstimateBps(established: ProbedSession): number | null {
  return established.probe.peek().estimatedRecvRate ?? null;
}
