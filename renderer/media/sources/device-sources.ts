import { MediaError, toMediaError } from '../shared/media-error.ts';
import type { AudioProcessing } from '../shared/source-types.ts';
import type { AudioSink, Capture, Source, VideoSink } from './source.ts';
import { canReadTracks, readAudioTrack, readVideoTrack } from './track-reader.ts';

/**
 * Height that is requested from a camera, in lines. All cameras and computers support 720p30, and 1080p costs
 * about twice as much.
 */
const CAMERA_LINES = 720;
const LARGE_CAMERA_LINES = 1080;
const CORES_FOR_LARGE = 4;
const SCREEN_CONSTRAINTS: MediaTrackConstraints = { frameRate: { ideal: 30, max: 30 } };
const DEFAULT_FRAME_RATE = 30;

/** A camera, a screen or a window: one video track without audio. */
class TrackSource implements Source {
  readonly kind: 'camera' | 'screen';
  readonly preview: MediaStream;
  readonly frameRate: number;
  readonly canStopVideoAlone = false;
  readonly hasAudio = false;
  onEnded: (() => void) | undefined;
  readonly #track: MediaStreamTrack;
  readonly #captures = new Set<Capture>();

  constructor(kind: 'camera' | 'screen', track: MediaStreamTrack) {
    this.kind = kind;
    this.#track = track;
    this.preview = new MediaStream([track]);
    this.frameRate = track.getSettings().frameRate || DEFAULT_FRAME_RATE;
    // 'ended' fires when the device disappears, but not after track.stop().
    track.addEventListener('ended', () => this.onEnded?.(), { once: true });
  }

  startVideo(sink: VideoSink): Capture {
    const capture = readVideoTrack(this.#track, sink);
    this.#captures.add(capture);
    return capture;
  }

  startAudio(): undefined {
    return undefined;
  }

  close(): void {
    this.onEnded = undefined;
    for (const capture of this.#captures) capture.close();
    this.#track.stop();
  }
}

/**
 * getUserMedia constraints for a camera. Always asks for at least 720p, because the limit might be raised
 * while the camera is open, and the encoders scale frames down.
 * @param maxLines maximum number of lines to send
 * @param cores number of logical processors
 */
export function cameraConstraints(maxLines: number, cores: number): MediaTrackConstraints {
  const large = maxLines >= LARGE_CAMERA_LINES && cores >= CORES_FOR_LARGE;
  const lines = large ? LARGE_CAMERA_LINES : CAMERA_LINES;
  return {
    width: { ideal: (lines * 16) / 9 },
    height: { ideal: lines },
    frameRate: { ideal: 30, max: 60 },
  };
}

/**
 * Opens a camera; null selects the system default.
 *
 * @throws MediaError
 */
export async function openCamera(cameraId: string | null, maxLines: number): Promise<Source> {
  const constraints = cameraConstraints(maxLines, navigator.hardwareConcurrency);
  const video = cameraId ? { ...constraints, deviceId: { exact: cameraId } } : constraints;
  const stream = await requestStream('camera', () => navigator.mediaDevices.getUserMedia({ video }));
  const track = firstTrack('camera', stream.getVideoTracks());
  track.contentHint = 'motion';
  return new TrackSource('camera', track);
}

/**
 * Opens the screen or window that the user selects in the picker.
 *
 * @throws MediaError
 */
export async function openScreen(): Promise<Source> {
  const stream = await requestStream('screen', () =>
    navigator.mediaDevices.getDisplayMedia({ video: SCREEN_CONSTRAINTS, audio: false }),
  );
  const track = firstTrack('screen', stream.getVideoTracks());
  // For a screen, sharp text matters more than smooth motion.
  track.contentHint = 'detail';
  return new TrackSource('screen', track);
}

/** An open microphone. */
export class Microphone {
  /** Runs once if the microphone is unplugged. */
  onEnded: (() => void) | undefined;
  readonly #track: MediaStreamTrack;
  readonly #capture: Capture;

  constructor(track: MediaStreamTrack, sink: AudioSink) {
    this.#track = track;
    this.#capture = readAudioTrack(track, sink);
    track.addEventListener('ended', () => this.onEnded?.(), { once: true });
  }

  close(): void {
    this.onEnded = undefined;
    this.#capture.close();
    this.#track.stop();
  }
}

/**
 * Opens a microphone; null selects the system default. Returns a function that starts capturing into a sink.
 *
 * @throws MediaError
 */
export async function openMicrophone(
  microphoneId: string | null,
  processing: AudioProcessing,
): Promise<(sink: AudioSink) => Microphone> {
  const audio: MediaTrackConstraints = {
    echoCancellation: processing.echoCancellation,
    noiseSuppression: processing.noiseSuppression,
    autoGainControl: processing.autoGain,
    ...(microphoneId ? { deviceId: { exact: microphoneId } } : {}),
  };
  const stream = await requestStream('microphone', () => navigator.mediaDevices.getUserMedia({ audio }));
  const track = firstTrack('microphone', stream.getAudioTracks());
  return (sink) => new Microphone(track, sink);
}

type CaptureDevice = 'camera' | 'microphone' | 'screen';

async function requestStream(device: CaptureDevice, open: () => Promise<MediaStream>): Promise<MediaStream> {
  if (!canReadTracks()) throw new MediaError(device, 'unsupported');
  try {
    return await open();
  } catch (error) {
    throw toMediaError(device, error);
  }
}

function firstTrack(device: CaptureDevice, tracks: MediaStreamTrack[]): MediaStreamTrack {
  const [track] = tracks;
  if (!track) throw new MediaError(device, 'missing');
  return track;
}
