/** Interval between downlink samples, in milliseconds: five a second, the rate of iroh-live's network signals. */
export const DOWNLINK_SAMPLE_MS = 200;

/**
 * Computes the bitrate that arrived within one interval, in whole bits per second. A byte counter that started again
 * from zero would yield a negative rate; the result is 0 then.
 */
export function goodputBps(receivedBytes: number, elapsedMs: number): number {
  return Math.round((Math.max(0, receivedBytes) * 8_000) / elapsedMs);
}

/** The part of an established MoQ session that holds the newest PROBE message of the peer. */
interface ProbedSession {
  readonly probe: { peek(): { readonly estimatedRecvRate?: number | undefined } };
}

/**
 * The bitrate that the peer's congestion control would let it send to us, in bits per second. Null before the first
 * PROBE message, and for peers or protocol versions that send none.
 */
export function senderEstimateBps(established: ProbedSession): number | null {
  return established.probe.peek().estimatedRecvRate ?? null;
}
