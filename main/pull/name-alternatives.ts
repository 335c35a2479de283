import {
  decodeEntities,
  decodePercent,
  removeInvisible,
  trimBlank,
} from '../../common/ticket/mail-encoding.ts';

/** Maximum number of alternatives for one name. Each needs a stream on the peer's connection. */
const MAX_ALTERNATIVES = 6;
/**
 * Characters that chat and email programs add at the start or end of a name: punctuation, quotes, brackets and
 * markup.
 */
const AT_START = /^[\p{P}\p{S}\s]{1,16}/u;
const AT_END = /[\p{P}\p{S}\s]{1,16}$/u;

/**
 * Returns the possible real names of a broadcast, most likely first, in case an email or chat program altered
 * the name in its ticket. The name itself is not included. Names of only ASCII letters and digits have no
 * alternatives.
 */
export function nameAlternatives(name: string): string[] {
  const decoded = decodeEntities(decodePercent(decodePercent(name)));
  const visible = trimBlank(removeInvisible(decoded));
  const trimmed = visible.replace(AT_END, '');
  const words = trimmed.split(/\s+/);
  // A sentence can follow the name on the same line, so any number of leading words may be the name.
  const beginnings = words.slice(1).map((_, index) => words.slice(0, index + 1).join(' '));
  const candidates = [
    trimBlank(removeInvisible(name)),
    decoded,
    visible,
    trimmed,
    trimmed.replace(AT_START, ''),
    visible.normalize('NFC'),
    visible.normalize('NFD'),
    ...beginnings.flatMap((beginning) => [beginning, beginning.replace(AT_END, '')]),
  ];
  const alternatives = new Set(candidates.filter((candidate) => candidate !== '' && candidate !== name));
  return [...alternatives].slice(0, MAX_ALTERNATIVES);
}
