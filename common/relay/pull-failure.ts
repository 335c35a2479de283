/** Reasons why a pull failed. common/words/pull-failure-text.ts has a text for each. */
export const pullFailures = [
  'offline',
  'refused',
  'incompatible',
  'lost',
  'invalid',
  'overloaded',
  /** The ticket only has private addresses, and this relay does not connect to those. */
  'private',
] as const;
/** One of `pullFailures`. */
export type PullFailure = (typeof pullFailures)[number];
