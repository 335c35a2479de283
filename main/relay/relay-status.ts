import { z } from 'zod';

/** The schema of the state that `relay health` receives from the relay. */
export const relayStatusSchema = z.object({
  pid: z.number(),
  /** What the relay is waiting for before it serves pages: the end of its startup, or its first certificate. */
  waitingFor: z.enum(['start', 'certificate']).nullable(),
  /** The URL of the relay's pages. Null while the relay is waiting. */
  http: z.string().nullable(),
});

/** The state that `relay health` reports. */
export type RelayStatus = z.output<typeof relayStatusSchema>;

/**
 * Returns why the relay cannot serve its pages, as a sentence; null if it can.
 *
 * @param expiresAtMs when the certificate expires, in milliseconds since 1970; null if there is none
 */
export function notReadyReason(
  { waitingFor }: RelayStatus,
  closing: boolean,
  expiresAtMs: number | null,
): string | null {
  if (closing) return 'The relay is shutting down.';
  if (waitingFor === 'certificate') return 'The relay is waiting for its first certificate.';
  if (waitingFor === 'start') return 'The relay is starting.';
  return expiresAtMs !== null && expiresAtMs <= Date.now() ? 'The certificate has expired.' : null;
}
