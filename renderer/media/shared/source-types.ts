import type { Readable } from '../../../common/base/store.ts';

/** Kinds of video source; `test` is the built-in test pattern. */
export type SourceKind = 'camera' | 'screen' | 'file' | 'test';

/** Reasons why a source, a device or an encoder cannot be used. */
export type MediaFault =
  | 'denied' // the user or the system refused permission
  | 'busy' // another program uses the device
  | 'missing' // the device does not exist
  | 'unplugged' // the device disappeared during use
  | 'cancelled' // the user closed the picker without a selection
  | 'unplayable' // this machine cannot decode the file
  | 'unsupported' // this machine has no suitable codec or API
  | 'failed'; // any other reason; `message` has the detail

/** A media fault together with the text that the views show for it. */
export interface MediaProblem {
  device: 'camera' | 'microphone' | 'screen' | 'file' | 'encoder';
  fault: MediaFault;
  /** One or two sentences for the user: what happened and what to do about it. */
  message: string;
}

/** A camera or microphone. */
export interface Device {
  /** `deviceId` for getUserMedia. */
  id: string;
  label: string;
}

/** Lists of connected devices, updated on every change. Labels are empty until the user has granted permission once. */
export interface Devices {
  readonly cameras: Readable<readonly Device[]>;
  readonly microphones: Readable<readonly Device[]>;
  close(): void;
}

/** Processing that the browser applies to microphone audio before encoding. */
export interface AudioProcessing {
  readonly echoCancellation: boolean;
  readonly noiseSuppression: boolean;
  readonly autoGain: boolean;
}

/** A video source that the user selected. */
export interface VideoSelection {
  kind: SourceKind;
  /** For `camera`: the device; null or absent selects the system default. */
  cameraId?: string | null;
  /** Required for `file`. */
  file?: File;
}
