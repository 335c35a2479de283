/** Why a broadcast is not on the relay that it is pushed to. */
export const pushFailures = ['invalid', 'offline', 'refused', 'incompatible', 'lost'] as const;
export type PushFailure = (typeof pushFailures)[number];

/** The same for people: what happened and what to do. */
export const pushFailureWords: Readonly<Record<PushFailure, string>> = {
  invalid: 'The relay’s address in the settings makes no sense. Correct it there.',
  offline: 'The relay does not answer. This keeps trying.',
  refused: 'The relay refused. Ask whoever runs it for a token for this name, and put it into the settings.',
  incompatible:
    'What answers there is no relay that this app understands. Check the address in the settings.',
  lost: 'The connection to the relay was lost. It is being restored.',
};
