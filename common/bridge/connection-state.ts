import { z } from 'zod';

/** One way to a peer. */
export const networkPathSchema = z.object({
  kind: z.enum(['direct', 'relayed']),
  /** `ip:port`, or the iroh relay's URL. */
  address: z.string(),
  rttMs: z.number(),
  selected: z.boolean(),
});
export type NetworkPathState = z.infer<typeof networkPathSchema>;

/** What the congestion controller and the counters say, every 200 ms (iroh-live's NetworkSignals). */
export const networkSignalsSchema = z.object({
  rttMs: z.number(),
  /** lost / (sent + lost) of the interval, 0..1. */
  lossRate: z.number(),
  /** cwnd * 8 / rtt of the selected path, in bits per second. */
  availableBps: z.number(),
  /** Cumulative. */
  congestionEvents: z.number().int(),
});
export type NetworkSignals = z.infer<typeof networkSignalsSchema>;

/** iroh-live's NetStats, over the last second. */
export const netStatsSchema = z.object({
  rttMs: z.number(),
  kind: z.enum(['direct', 'relayed']).nullable(),
  address: z.string().nullable(),
  /** Percent. */
  lossPercent: z.number(),
  upMbps: z.number(),
  downMbps: z.number(),
  paths: z.number().int(),
});
export type NetStats = z.infer<typeof netStatsSchema>;

/** What is known of the way from the peer to here, every 200 ms. */
export const downlinkSchema = z.object({
  /** When this was seen, in milliseconds on main's steady clock; the same number is the same look. */
  atMs: z.number(),
  /** Main's number for the connection: another one when it was made anew. */
  connection: z.number().int(),
  /** What the peer's congestion control would let it send to us (PROBE); null where it does not say. */
  senderEstimateBps: z.number().nullable(),
  /** What arrived since the last look, all packets of the connection included. */
  goodputBps: z.number(),
});
export type Downlink = z.infer<typeof downlinkSchema>;

/** The live connection to one peer. */
export const connectionStateSchema = z.object({
  /** The peer's endpoint id, 64 hex digits. */
  peer: z.string(),
  /** What the connection is for: a friend who watches us, one we watch, or a call. */
  use: z.enum(['viewer', 'pull', 'call']),
  /** The ticket watched (`pull`), the broadcast read (`viewer`), or the call's id. */
  subject: z.string(),
  paths: z.array(networkPathSchema),
  signals: networkSignalsSchema.nullable(),
  stats: netStatsSchema.nullable(),
  /** Null for viewers, from whom nothing comes, and before the second look. */
  downlink: downlinkSchema.nullable(),
});
export type ConnectionState = z.infer<typeof connectionStateSchema>;
