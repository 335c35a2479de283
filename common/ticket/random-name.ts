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
 * Generates a broadcast name that is easy to say, such as `amber-otter-42`. With 92,160 possible names, two
 * broadcasts on a relay rarely share one. `random` returns numbers from 0 (inclusive) to 1 (exclusive).
 */
export function randomName(random: () => number = Math.random): string {
  const pick = (words: readonly string[]): string => words[Math.floor(random() * words.length)] ?? 'live';
  return `${pick(FIRST)}-${pick(SECOND)}-${10 + Math.floor(random() * 90)}`;
}
