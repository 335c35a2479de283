import type { Readable } from '../../../common/base/store.ts';
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

/** Selects the source and the devices. `SourcePicker` is its view. */
export interface SourceChoices {
  readonly selection: Readable<SourceSelection>;
  selectKind(kind: SourceKind): void;
  /** Null is the system default. */
  selectCamera(cameraId: string | null): void;
  /** Null is the system default, false turns audio off. */
  selectAudio(microphone: string | null | false): void;
  selectFile(file: File): void;
  /** Lets the user choose a screen or window. Resolves to whether it is open. */
  selectScreen(): Promise<boolean>;
}

/**
 * Whether the source opens without a picker. A screen always needs a picker; a file needs it until a file is
 * selected.
 */
export function opensWithoutPicker({ kind, file }: SourceSelection): boolean {
  return kind === 'camera' || kind === 'test' || (kind === 'file' && file !== null);
}

/** The video source for the publisher; undefined for `file` until a file is selected. */
export function videoSelectionOf({ kind, cameraId, file }: SourceSelection): VideoSelection | undefined {
  if (kind === 'camera') return { kind, cameraId };
  if (kind === 'file') return file ? { kind, file } : undefined;
  return { kind };
}
