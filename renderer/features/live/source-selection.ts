import type { SourceKind, VideoSelection } from '../../media/shared/types.ts';

/** The source and devices that the user has selected, whether or not they could be opened. */
export interface SourceSelection {
  kind: SourceKind;
  /** Null is the system default. */
  cameraId: string | null;
  file: File | null;
  audio: boolean;
  /** Null is the system default. */
  microphoneId: string | null;
}

/** Whether the source opens without a picker. A screen always needs one, a file until one is selected. */
export function opensWithoutPicker({ kind, file }: SourceSelection): boolean {
  return kind === 'camera' || kind === 'test' || (kind === 'file' && file !== null);
}

/** The video source for the publisher; undefined for `file` until a file is selected. */
export function videoSelectionOf({ kind, cameraId, file }: SourceSelection): VideoSelection | undefined {
  if (kind === 'camera') return { kind, cameraId };
  if (kind === 'file') return file ? { kind, file } : undefined;
  return { kind };
}
