import { sanitizeName } from '../../common/words/display-name.ts';

/** Reasons why a broadcast cannot be pushed to a relay. */
export type PushFailure = 'invalid' | 'offline' | 'refused' | 'incompatible' | 'lost' | 'taken';

/** Messages for the user that explain each failure and suggest remedies. */
export const pushFailureTexts: Readonly<Record<PushFailure, string>> = {
  invalid: 'The relay address in the settings is not valid. Please correct it.',
  offline: 'The relay is not responding. The app will keep trying.',
  refused:
    'The relay refused the broadcast. Ask its operator for a token for this name, and enter it in the settings.',
  incompatible: 'The server at this address is not a compatible relay. Check the address in the settings.',
  lost: 'The connection to the relay was lost. Reconnecting…',
  taken:
    'Another publisher is already using this name on the relay. Choose another name, or wait until that broadcast ' +
    'ends. The app will keep trying.',
};

/**
 * Returns the message for the user, with suggestions, if the relay accepts the session but not the broadcast.
 *
 * @param prefixes the prefixes that the relay accepts broadcasts under
 */
export function notAcceptedText(name: string, prefixes: readonly string[]): string {
  const shown = prefixes.map(sanitizeName);
  const [first] = shown;
  if (first === undefined) {
    return (
      'The relay accepts the connection, but not your broadcasts. Ask its operator for a token that allows publishing, ' +
      'and enter it in the settings.'
    );
  }
  const quoted = shown.map((prefix) => `“${prefix}”`).join(' or ');
  return (
    `The relay accepts your broadcast only under ${quoted}. Name it “${first}/${name}”, or add “${first}” to the ` +
    'end of the relay’s web address in the settings.'
  );
}
