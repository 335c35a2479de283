import type { Readable } from '../../../common/base/store.ts';
import type { SourceKind, VideoSelection } from '../../media/shared/source-types.ts';

/** The source and devices that the user has selected, even if they could not be opened. */
export interface SourceSelection {
  kind: SourceKind;
  /** Null is the system default. */
  cameraId: string | null;
  file: File | null;
  audio: boolean;
  /** Null is the system default. */
  microphoneId: string | null;
}

/** The interface through which `SourcePicker` selects the source and devices. */
export interface SourceChoices {
  readonly selection: Readable<SourceSelection>;
  selectKind(kind: SourceKind): void;
  /** A camera id; null selects the system default. */
  selectCamera(cameraId: string | null): void;
  /** A microphone id; null selects the system default, false turns audio off. */
  selectAudio(microphone: string | null | false): void;
  selectFile(file: File): void;
  /** Lets the user choose a screen or window. Resolves to whether capture has started. */
  selectScreen(): Promise<boolean>;
}

/**
 * Whether the source opens without a picker. A screen always needs one; a file needs one until it is
 * selected.
 */
export function opensWithoutPicker({ kind, file }: SourceSelection): boolean {
  return kind === 'camera' || kind === 'test' || (kind === 'file' && file !== null);
}

/** The video source for the publisher; undefined if the kind is `file` and no file is selected. */
export function videoSelectionOf({ kind, cameraId, file }: SourceSelection): VideoSelection | undefined {
  if (kind === 'camera') return { kind, cameraId };
  if (kind === 'file') return file ? { kind, file } : undefined;
  return { kind };
}
