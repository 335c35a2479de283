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

/** What to do about a relay that lets this app in, but takes no broadcast of that name: `takes` are its prefixes. */
export function notTakenWords(name: string, takes: readonly string[]): string {
  const [first] = takes;
  if (first === undefined) {
    return (
      'The relay lets you in, but takes no broadcast from you. Ask whoever runs it for a token that may publish, ' +
      'and put it into the settings.'
    );
  }
  const below = takes.map((prefix) => `“${prefix}”`).join(' or ');
  return (
    `The relay takes your broadcast only below ${below}. Name it “${first}/${name}”, or add “${first}” to the ` +
    'relay’s web address in the settings.'
  );
}
