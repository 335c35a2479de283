import { MAX_UPLOAD_LIMIT_BPS, MIN_UPLOAD_LIMIT_BPS } from '../../../common/bridge/bridge.ts';

const BPS_PER_MBIT = 1_000_000;

/**
 * The result of parsing an upload limit: bits per second, null for no limit, or an error message for the
 * user.
 */
export type UploadLimitInput = { problem: null; bps: number | null } | { problem: string };

/** Parses an upload limit in Mbit/s, with a decimal point or comma. An empty string means no limit. */
export function parseUploadLimit(text: string): UploadLimitInput {
  const plain = text.trim().replace(',', '.');
  if (plain === '') return { problem: null, bps: null };
  if (!/^(\d+\.?\d*|\.\d+)$/.test(plain)) return { problem: 'Enter a number, such as 5 or 2.5.' };
  const bps = Math.round(Number(plain) * BPS_PER_MBIT);
  if (bps < MIN_UPLOAD_LIMIT_BPS) {
    return { problem: `Less than ${MIN_UPLOAD_LIMIT_BPS / BPS_PER_MBIT} Mbit/s is not enough for sound.` };
  }
  if (bps > MAX_UPLOAD_LIMIT_BPS) {
    return {
      problem: `${MAX_UPLOAD_LIMIT_BPS / BPS_PER_MBIT} Mbit/s is the maximum. Leave the field empty for no limit.`,
    };
  }
  return { problem: null, bps };
}

/** Formats an upload limit for the text field. */
export function uploadLimitText(bps: number | null): string {
  return bps === null ? '' : String(bps / BPS_PER_MBIT);
}
