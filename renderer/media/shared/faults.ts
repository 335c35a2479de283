import { messageOf, ReasonError } from '../../../common/base/errors.ts';
import type { MediaFault, MediaProblem } from './types.ts';

/** A source, device or encoder that cannot be used. The message is fit to show. */
export class MediaError extends ReasonError<MediaFault> {
  readonly problem: MediaProblem;

  constructor(
    device: MediaProblem['device'],
    fault: MediaFault,
    options: { cause?: unknown; detail?: string } = {},
  ) {
    const message = wordsFor(device, fault, options.detail);
    super(fault, message, { cause: options.cause });
    this.problem = { device, fault, message };
  }
}

/** DOMException names of getUserMedia and getDisplayMedia, by what they mean for the person. */
const faultsByName: Readonly<Record<string, MediaFault>> = {
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

/** What a rejected getUserMedia or getDisplayMedia means. */
export function faultOf(device: MediaProblem['device'], error: unknown): MediaFault {
  if (error instanceof MediaError) return error.reason;
  const name = typeof error === 'object' && error !== null && 'name' in error ? String(error.name) : '';
  const fault = faultsByName[name];
  if (!fault) return 'failed';
  // The system's picker reports a closed dialogue as a refusal, except when the system itself forbids it.
  if (device === 'screen' && fault === 'denied' && !/system/i.test(messageOf(error))) return 'cancelled';
  return fault;
}

/** Anything thrown while opening `device`, as a MediaError. */
export function asMediaError(device: MediaProblem['device'], error: unknown): MediaError {
  if (error instanceof MediaError) return error;
  const fault = faultOf(device, error);
  return new MediaError(device, fault, {
    cause: error,
    ...(fault === 'failed' ? { detail: messageOf(error) } : {}),
  });
}

const words: Readonly<Record<MediaProblem['device'], Partial<Record<MediaFault, string>>>> = {
  camera: {
    denied:
      'This app may not use your camera. Allow it in the system’s privacy settings, or choose the test pattern.',
    busy: 'Another program is using your camera. Close it, or choose another camera or the test pattern.',
    missing: 'No such camera is plugged in. Plug one in, or choose another camera or the test pattern.',
    unplugged: 'The camera was unplugged. Plug it in again, or choose another one.',
    unsupported: 'This camera does not work here. Choose another one or the test pattern.',
  },
  microphone: {
    denied:
      'This app may not use your microphone. Allow it in the system’s privacy settings, or go on without sound.',
    busy: 'Another program is using your microphone. Close it, choose another one, or go on without sound.',
    missing: 'No such microphone is plugged in. Plug one in, choose another one, or go on without sound.',
    unplugged: 'The microphone was unplugged. Plug it in again, or choose another one.',
    unsupported:
      'The sound of this microphone cannot be sent from here. Choose another one, or go on without sound.',
  },
  screen: {
    denied: 'This app may not record your screen. Allow it in the system’s privacy settings and try again.',
    busy: 'The system would not give this screen or window. Try again, or choose another one.',
    missing: 'That screen or window is no longer there. Choose another one.',
    unplugged: 'The screen or window you were showing is gone. Choose another one.',
    cancelled: 'No screen or window was chosen. Choose one to show it.',
    unsupported: 'Screens cannot be shown from here. Choose a camera or the test pattern.',
  },
  file: {
    missing: 'The file is no longer there. Choose another one.',
    unplayable: 'This file cannot be played here. Choose another one; MP4 and WebM work best.',
    unplugged: 'The file stopped playing. Choose it again, or another one.',
  },
  encoder: {
    unsupported: 'This computer cannot encode the picture. Choose another source, or the test pattern.',
    failed: 'Encoding stopped for a moment and was started again. If that goes on, choose another source.',
  },
};

/** One or two sentences: what happened and what to do. */
export function wordsFor(device: MediaProblem['device'], fault: MediaFault, detail?: string): string {
  const known = words[device][fault];
  if (known) return known;
  const because = detail ? ` (${detail})` : '';
  return `The ${device} did not work${because}. Try again, or choose something else.`;
}
