/** Reasons why a pull failed. common/words/pull-failure-text.ts has a text for each. */
export const pullFailures = [
  'offline',
  'refused',
  'incompatible',
  'lost',
  'invalid',
  'overloaded',
  /** The ticket has only private addresses, to which this relay does not connect. */
  'private',
] as const;
/** A reason why a pull failed. */
export type PullFailure = (typeof pullFailures)[number];
