import { MAX_UPLOAD_LIMIT_BPS, MIN_UPLOAD_LIMIT_BPS } from '../../../common/bridge/bridge.ts';

/** The limit of the upload as a person types it: a number of Mbit/s, or nothing. Pure. */

const BPS_PER_MBIT = 1_000_000;

export type UploadLimitInput = { problem: null; bps: number | null } | { problem: string };

/** A comma is as good as a point. */
export function parseUploadLimit(text: string): UploadLimitInput {
  const plain = text.trim().replace(',', '.');
  if (plain === '') return { problem: null, bps: null };
  if (!/^(\d+\.?\d*|\.\d+)$/.test(plain)) return { problem: 'Enter a number, such as 5 or 2.5.' };
  const bps = Math.round(Number(plain) * BPS_PER_MBIT);
  if (bps < MIN_UPLOAD_LIMIT_BPS) {
    return { problem: `Less than ${MIN_UPLOAD_LIMIT_BPS / BPS_PER_MBIT} Mbit/s is too little for sound.` };
  }
  if (bps > MAX_UPLOAD_LIMIT_BPS) {
    return {
      problem: `${MAX_UPLOAD_LIMIT_BPS / BPS_PER_MBIT} Mbit/s is the most; leave it empty for no limit.`,
    };
  }
  return { problem: null, bps };
}

export function uploadLimitText(bps: number | null): string {
  return bps === null ? '' : String(bps / BPS_PER_MBIT);
}
