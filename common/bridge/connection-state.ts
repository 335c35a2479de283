import { z } from 'zod';

/** One network path of a connection. */
const networkPathSchema = z.object({
  kind: z.enum(['direct', 'relayed']),
  /** The remote address as `ip:port`, or the iroh relay's URL. */
  address: z.string(),
  rttMs: z.number(),
  /** Whether the connection is currently sending on this path. */
  selected: z.boolean(),
});
/** A network path of a connection, either direct or through an iroh relay. */
export type NetworkPathState = z.infer<typeof networkPathSchema>;

/** Congestion control measurements, sampled every 200 ms (iroh-live's NetworkSignals). */
const networkSignalsSchema = z.object({
  rttMs: z.number(),
  /** lost / (sent + lost) within the interval, from 0 to 1. */
  lossRate: z.number(),
  /** cwnd * 8 / rtt of the selected path, in bits per second. */
  availableBps: z.number(),
  /** Cumulative number of congestion events. */
  congestionEvents: z.number().int(),
});
/** A sample of the congestion control measurements. */
export type NetworkSignals = z.infer<typeof networkSignalsSchema>;

/** Measurements over the last second (iroh-live's NetStats). */
const netStatsSchema = z.object({
  rttMs: z.number(),
  kind: z.enum(['direct', 'relayed']).nullable(),
  address: z.string().nullable(),
  /** Packet loss in percent. */
  lossPercent: z.number(),
  upMbps: z.number(),
  downMbps: z.number(),
  paths: z.number().int(),
});
/** Statistics for the connection panel and `--stats`. */
export type NetStats = z.infer<typeof netStatsSchema>;

/** A measurement of the traffic from the peer to this side, taken every 200 ms. */
const downlinkSchema = z.object({
  /** Time of the sample, in milliseconds on main's monotonic clock. Identifies the sample. */
  atMs: z.number(),
  /** Main's number for the connection. It changes when the connection is replaced. */
  connection: z.number().int(),
  /**
   * The peer's own estimate of how fast it can send to us (PROBE); null if it does not report an estimate.
   */
  senderEstimateBps: z.number().nullable(),
  /** Bit rate received since the previous sample, including all packets of the connection. */
  goodputBps: z.number(),
});
/** A sample of the receiving direction of a connection. */
export type Downlink = z.infer<typeof downlinkSchema>;

/** A connection to a peer, with its network paths and measurements. */
export const connectionStateSchema = z.object({
  /** The peer's endpoint id, as 64 hex digits. */
  peer: z.string(),
  /**
   * `viewer`: the peer watches this side. `pull`: this side watches the peer. `call`: the connection carries a call.
   */
  use: z.enum(['viewer', 'pull', 'call']),
  /** The watched ticket (`pull`), the broadcast that is read (`viewer`), or the call id (`call`). */
  subject: z.string(),
  paths: z.array(networkPathSchema),
  signals: networkSignalsSchema.nullable(),
  stats: netStatsSchema.nullable(),
  /** Null for viewers, which send no media, and before the second sample. */
  downlink: downlinkSchema.nullable(),
});
/** The state of a connection with respect to one of the subjects that it serves, such as a watched ticket. */
export type ConnectionState = z.infer<typeof connectionStateSchema>;
