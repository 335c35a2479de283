import { z } from 'zod';

/** The schema of the state that `relay health` receives from the relay. */
export const relayStatusSchema = z.object({
  pid: z.number(),
  /** What the relay is waiting for before it serves pages: the rest of its startup, or its first certificate. */
  waitingFor: z.enum(['start', 'certificate']).nullable(),
  /** The URL of the relay's pages. Null while the relay is waiting. */
  http: z.string().nullable(),
});

/** The state that `relay health` reports. */
export type RelayStatus = z.output<typeof relayStatusSchema>;
