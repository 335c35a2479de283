/** Words that are easy to distinguish over the phone. */
const FIRST =
  'amber azure brisk calm coral cosy dapper eager fable gentle hazel indigo jolly keen lilac lucky mellow misty noble olive pearl plucky quiet ruby sandy silver sunny swift teal velvet vivid witty'.split(
    ' ',
  );
const SECOND =
  'acorn badger beacon canyon cedar comet dolphin falcon ferry garden harbor heron island juniper kestrel lagoon lantern maple meadow orchid otter panda pebble puffin quartz raven river sparrow summit thistle tulip willow'.split(
    ' ',
  );

/**
 * Number of digits that makes a name hard to guess. There are 920 million such names, and a viewer must send a request
 * for each name that it tries.
 */
export const SECRET_NAME_DIGITS = 6;

/** Options for `randomName`. */
interface RandomNameOptions {
  /** Number of digits at the end. Two digits give 92,160 names, so two broadcasts rarely have the same one. */
  digits?: number;
  /** Returns numbers from 0 (inclusive) to 1 (exclusive). Default: cryptographically secure numbers. */
  random?: () => number;
}

/** Generates a broadcast name that is easy to say, such as `amber-otter-42`. */
export function randomName({ digits = 2, random = secureRandom }: RandomNameOptions = {}): string {
  const pick = (words: readonly string[]): string => words[Math.floor(random() * words.length)] ?? 'live';
  const first = 10 ** (digits - 1);
  return `${pick(FIRST)}-${pick(SECOND)}-${first + Math.floor(random() * 9 * first)}`;
}

function secureRandom(): number {
  const [value = 0] = crypto.getRandomValues(new Uint32Array(1));
  return value / 2 ** 32;
}
