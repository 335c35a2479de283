/** Why a pull failed. The window and a relay's pages have words and a next step for each. */
export const pullFailures = ['offline', 'refused', 'incompatible', 'lost', 'invalid', 'overloaded'] as const;
export type PullFailure = (typeof pullFailures)[number];
