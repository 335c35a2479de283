import { sanitizeName } from '../../../common/words/display-name.ts';

/** Formats a bitrate, such as `0 kbit/s`, `640 kbit/s` or `2.4 Mbit/s`. */
export function formatBps(bps: number): string {
  if (!Number.isFinite(bps) || bps <= 0) return '0 kbit/s';
  if (bps < 999_500) return `${Math.max(1, Math.round(bps / 1000))} kbit/s`;
  const mbps = bps / 1_000_000;
  return `${mbps < 99.95 ? mbps.toFixed(1) : Math.round(mbps)} Mbit/s`;
}

/** Formats a duration as on a clock: `0:07`, `12:34`, `1:02:03`. */
export function formatElapsed(elapsedMs: number): string {
  const total = Math.max(0, Math.floor(elapsedMs / 1000));
  const seconds = String(total % 60).padStart(2, '0');
  const minutes = Math.floor(total / 60) % 60;
  const hours = Math.floor(total / 3600);
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, '0')}:${seconds}` : `${minutes}:${seconds}`;
}

/** Formats a time of day, such as `14:03:22`. */
export function formatClock(atMs: number): string {
  return new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' }).format(atMs);
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** Says how long ago something happened: `just now`, `5 minutes ago`, `yesterday`, or a date. */
export function formatAgo(atMs: number, nowMs: number): string {
  const agoMs = nowMs - atMs;
  if (agoMs < MINUTE_MS) return 'just now';
  const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });
  if (agoMs < HOUR_MS) return relative.format(-Math.floor(agoMs / MINUTE_MS), 'minute');
  if (agoMs < DAY_MS) return relative.format(-Math.floor(agoMs / HOUR_MS), 'hour');
  if (agoMs < 7 * DAY_MS) return relative.format(-Math.floor(agoMs / DAY_MS), 'day');
  return new Intl.DateTimeFormat('en', { day: 'numeric', month: 'short', year: 'numeric' }).format(atMs);
}

/** Prefixes of WebCodecs codec strings with their common names. */
const CODEC_NAMES: readonly (readonly [string, string])[] = [
  ['avc', 'H.264'],
  ['hev', 'H.265'],
  ['hvc', 'H.265'],
  ['vp09', 'VP9'],
  ['vp9', 'VP9'],
  ['vp08', 'VP8'],
  ['vp8', 'VP8'],
  ['av01', 'AV1'],
  ['opus', 'Opus'],
  ['mp4a', 'AAC'],
];

/**
 * Returns the common name for a WebCodecs codec string, or the sanitized string itself if the codec is
 * unknown.
 */
export function codecName(codec: string): string {
  const lower = codec.toLowerCase();
  return CODEC_NAMES.find(([prefix]) => lower.startsWith(prefix))?.[1] ?? sanitizeName(codec);
}

/** Shortens a string to `chars` characters by replacing its middle with an ellipsis. */
export function shorten(text: string, chars: number): string {
  if (text.length <= chars) return text;
  const head = Math.ceil((chars - 1) / 2);
  return `${text.slice(0, head)}…${text.slice(text.length - (chars - 1 - head))}`;
}
