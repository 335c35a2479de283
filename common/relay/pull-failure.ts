/** Why a pull failed. The window and a relay's pages have words and a next step for each. */
export const pullFailures = [
  'offline',
  'refused',
  'incompatible',
  'lost',
  'invalid',
  'overloaded',
  /** A relay that keeps away from private addresses, and the ticket has no others. */
  'private',
] as const;
export type PullFailure = (typeof pullFailures)[number];
