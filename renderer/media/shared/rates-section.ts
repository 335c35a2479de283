/**
 * Name of the catalog section that maps video tracks to the bitrates to which the publisher reduces them if the
 * connection to their reader carries no more: `{ "video/h264-720p": { "minBitrate": 1000000 } }`, in bits per second.
 * A track is listed only while it has at most one reader at the publisher.
 */
export const RATES_SECTION = 'irohLiveRates';

/** The content of the section. */
export type RatesSection = Record<string, { minBitrate: number }>;

/**
 * Returns the bitrate to which the publisher reduces a video track, in bits per second. Undefined if the catalog
 * does not say that its bitrate follows the connection, or if the value is not a positive number.
 */
export function minBitrateBps(catalog: object | undefined, track: string): number | undefined {
  const section: unknown = catalog && RATES_SECTION in catalog ? catalog[RATES_SECTION] : undefined;
  if (typeof section !== 'object' || section === null || !Object.hasOwn(section, track)) return undefined;
  const entry: unknown = Reflect.get(section, track);
  if (typeof entry !== 'object' || entry === null || !('minBitrate' in entry)) return undefined;
  const { minBitrate } = entry;
  return typeof minBitrate === 'number' && minBitrate > 0 ? minBitrate : undefined;
}
