/** Reasons why a pull failed. common/words/pull-failure-text.ts contains the text for each. */
export const pullFailures = [
  'offline',
  'refused',
  'incompatible',
  'lost',
  'invalid',
  'overloaded',
  /** The ticket contains only private addresses, which this relay does not dial. */
  'private',
] as const;
/** A reason why a pull failed. */
export type PullFailure = (typeof pullFailures)[number];
