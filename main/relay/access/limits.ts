import { ANNOUNCEMENT_LIMITS, type AnnouncementLimitValues } from '../../origin/announcement-limits.ts';

/** Resource limits of a relay. For the meaning of "client", see client-identity.ts. */
export interface RelayLimits {
  /** Maximum number of concurrent MoQ sessions. */
  sessions: number;
  sessionsPerClient: number;
  /** Maximum number of tickets that are pulled concurrently. */
  pulls: number;
  pullsPerClient: number;
  /** Maximum number of broadcasts that one session may announce at the same time. */
  announcements: number;
  /** Maximum number of concurrent streams of each kind that the remote side of one session may open. */
  streams: number;
  /**
   * Maximum rate of the data that all sessions together send and receive, in bits per second. 0 means no
   * limit.
   */
  bps: number;
  /** Like `bps`, but for the sessions of one client. */
  bpsPerClient: number;
}

/** The limits that apply unless command line options change them. */
export const DEFAULT_LIMITS: RelayLimits = {
  // Several times the number of ordinary video viewers that one core can serve. Idle sessions cost little.
  sessions: 1_000,
  // Enough for a school class or an office behind one address.
  sessionsPerClient: 64,
  // In the worst case, each pull needs its own connection. The app has the same limit.
  pulls: 256,
  // Enough for a wall of video tiles.
  pullsPerClient: 16,
  // A user publishes only a few broadcasts; a gateway publishes dozens.
  announcements: 200,
  // Audio opens 50 groups per second, so this limit covers a stall of five seconds. The limit over iroh is
  // the same.
  streams: 256,
  bps: 0,
  // Enough for 64 viewers at 3 Mbit/s.
  bpsPerClient: 200_000_000,
};

/**
 * Returns the relay's limits on announcements. They allow at least twice the maximum number of broadcasts of
 * one session, and at least four requests per session.
 */
export function announcementLimits({ announcements, sessions }: RelayLimits): AnnouncementLimitValues {
  const { broadcasts, broadcastsPerClient, requests } = ANNOUNCEMENT_LIMITS;
  return {
    ...ANNOUNCEMENT_LIMITS,
    broadcasts: Math.max(broadcasts, 2 * announcements),
    broadcastsPerClient: Math.max(broadcastsPerClient, 2 * announcements),
    requests: Math.max(requests, 4 * sessions),
  };
}

/**
 * Why the relay refused a request or session. The reason determines the message, the HTTP status code and the
 * metrics label.
 */
export type RefusalReason =
  | 'sessions' // the limit for all clients together
  | 'sessions-per-client'
  | 'pulls' // the limit for all clients together
  | 'pulls-per-client'
  | 'announcements'
  | 'announcement-rate'
  | 'bandwidth' // the limit for all clients together
  | 'bandwidth-per-client'
  | 'token' // a missing or invalid token
  | 'address' // a ticket that contains only private addresses
  | 'dials' // too many attempts to dial addresses that never answered
  | 'path' // a broadcast published at a ticket's path, or at an invalid path
  | 'name' // a broadcast whose name another publisher is using
  | 'host' // a request whose Host or Origin header this relay does not accept
  | 'request'; // an upgrade request that the relay does not support

/**
 * Called for each refusal, with a message for the log. A refusal without a message is counted but not logged.
 */
export type OnRefused = (reason: RefusalReason, client: string, message?: string) => void;
