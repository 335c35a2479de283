import { Argument } from '@commander-js/extra-typings';
import { LONGEST_LATENCY_MS, MAX_TRACK_CHARS } from '../../../common/bridge/bridge.ts';
import { excerpt, InvalidValueError, UsageError } from '../../base/option-values.ts';
import { type ShellName, shells } from './run-options.ts';

/** Creates the argument of `completion`, a name from `shells`. */
export function shellArgument() {
  const argument = new Argument('<SHELL>', 'Shell that the script is for.');
  argument.argChoices = [...shells];
  return argument.argParser<ShellName>((text) => {
    const found = shells.find((shell) => shell === text);
    if (found === undefined) {
      throw new UsageError(
        `The command "completion" takes one of ${shells.join(', ')}, but got "${excerpt(text)}"`,
      );
    }
    return found;
  });
}

/**
 * Parses `auto` or the name of a track.
 *
 * @throws InvalidValueError
 */
export function renditionName(text: string): string {
  if (text === '' || text.length > MAX_TRACK_CHARS || /\p{Cc}/u.test(text)) {
    throw new InvalidValueError('"auto" or the name of a track, such as video/h264-720p');
  }
  return text;
}

/**
 * Parses a delay in milliseconds, up to `LONGEST_LATENCY_MS`.
 *
 * @throws InvalidValueError
 */
export function latency(text: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) > LONGEST_LATENCY_MS) {
    throw new InvalidValueError(`a number of milliseconds from 0 to ${LONGEST_LATENCY_MS}`);
  }
  return Number(text);
}
