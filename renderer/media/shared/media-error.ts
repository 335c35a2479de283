import { messageOf, ReasonError } from '../../../common/base/errors.ts';
import { isolated } from '../../../common/words/display-name.ts';
import type { MediaFault, MediaProblem } from './source-types.ts';

/** Thrown when a source, device or encoder cannot be used. The message is text for the user. */
export class MediaError extends ReasonError<MediaFault> {
  readonly problem: MediaProblem;

  constructor(
    device: MediaProblem['device'],
    fault: MediaFault,
    /** `message` replaces the usual text. */
    options: { cause?: unknown; detail?: string; message?: string } = {},
  ) {
    const message = options.message ?? mediaErrorMessage(device, fault, options.detail);
    super(fault, message, { cause: options.cause });
    this.problem = { device, fault, message };
  }
}

/**
 * Maps the names of DOMExceptions to faults. getUserMedia and getDisplayMedia reject with these exceptions.
 * Legacy names are included.
 */
const faultsByErrorName: Readonly<Record<string, MediaFault>> = {
  NotAllowedError: 'denied',
  PermissionDeniedError: 'denied',
  SecurityError: 'denied',
  NotReadableError: 'busy',
  TrackStartError: 'busy',
  AbortError: 'busy',
  NotFoundError: 'missing',
  DevicesNotFoundError: 'missing',
  OverconstrainedError: 'missing',
  ConstraintNotSatisfiedError: 'missing',
  NotSupportedError: 'unsupported',
};

/** Classifies the error with which getUserMedia or getDisplayMedia rejected. Any other value is `failed`. */
export function faultOf(device: MediaProblem['device'], error: unknown): MediaFault {
  if (error instanceof MediaError) return error.reason;
  const name = typeof error === 'object' && error !== null && 'name' in error ? String(error.name) : '';
  const fault = faultsByErrorName[name];
  if (!fault) return 'failed';
  // Closing the screen picker and a refusal by the system produce the same error name, but only the latter
  // mentions the system in its message.
  if (device === 'screen' && fault === 'denied' && !/system/i.test(messageOf(error))) return 'cancelled';
  return fault;
}

/** Converts any value thrown while `device` was opened to a MediaError. A MediaError is returned unchanged. */
export function toMediaError(device: MediaProblem['device'], error: unknown): MediaError {
  if (error instanceof MediaError) return error;
  const fault = faultOf(device, error);
  return new MediaError(device, fault, {
    cause: error,
    ...(fault === 'failed' ? { detail: messageOf(error) } : {}),
  });
}

const messages: Readonly<Record<MediaProblem['device'], Partial<Record<MediaFault, string>>>> = {
  camera: {
    denied: 'Access to your camera is not allowed. Allow it in PERMISSIONS, or choose the test pattern.',
    busy: 'Another app is using your camera. Close it, or choose another camera or the test pattern.',
    missing: 'The camera was not found. Plug it in, or choose another camera or the test pattern.',
    unplugged: 'The camera was unplugged. Plug it back in to continue, or choose another one.',
    unsupported: 'This camera is not supported. Choose another one or the test pattern.',
  },
  microphone: {
    denied: 'Access to your microphone is not allowed. Allow it in PERMISSIONS, or continue without sound.',
    busy: 'Another app is using your microphone. Close it, choose another microphone, or continue without sound.',
    missing: 'The microphone was not found. Plug it in, choose another one, or continue without sound.',
    unplugged: 'The microphone was unplugged. Plug it back in to continue, or choose another one.',
    unsupported:
      'This computer cannot encode this microphone’s sound. Choose another microphone, or continue without sound.',
  },
  screen: {
    denied: 'Recording your screen is not allowed. Allow it in PERMISSIONS and try again.',
    busy: 'The system could not share this screen or window. Try again, or choose another one.',
    missing: 'That screen or window no longer exists. Choose another one.',
    unplugged: 'The screen or window you were sharing was closed. Choose another one.',
    cancelled: 'You did not choose a screen or window. Choose one to share it.',
    unsupported: 'This computer does not support screen sharing. Choose a camera or the test pattern.',
  },
  file: {
    missing: 'The file no longer exists. Choose another one.',
    unplayable: 'This file cannot be played. Choose another one; MP4 and WebM work best.',
    unplugged: 'The file stopped playing. Choose it again, or choose another one.',
  },
  encoder: {
    unsupported: 'This computer cannot encode this video. Choose another source or the test pattern.',
    failed: 'Video encoding failed and was restarted. If this happens again, choose another source.',
  },
};

/**
 * Returns one or two sentences for the user: what happened and what to do about it. Includes `detail` if no
 * specific text exists.
 */
export function mediaErrorMessage(
  device: MediaProblem['device'],
  fault: MediaFault,
  detail?: string,
): string {
  const known = messages[device][fault];
  if (known) return known.replace('PERMISSIONS', permissionPlace());
  const cause = detail ? ` (${detail})` : '';
  return `Could not use the ${device}${cause}. Try again, or choose something else.`;
}

/** Text for the user about a file that cannot be played. `codec` is the name of its video codec, or null. */
export function unplayableFileText(name: string, codec: string | null): string {
  const file = `“${isolated(name)}”`;
  return codec === null
    ? `${file} cannot be played. Choose another file; MP4 and WebM work best.`
    : `This video’s codec (${codec}) cannot be played here. Choose another file, or convert ${file} to H.264.`;
}

/** Where the user can allow the use of devices. In a browser, the browser itself decides for each site. */
function permissionPlace(): string {
  const inBrowser = typeof navigator !== 'undefined' && !/\bElectron\//.test(navigator.userAgent);
  return inBrowser
    ? 'this site’s settings, next to the browser’s address bar'
    : 'the system’s privacy settings';
}
