import { asMediaError, MediaError } from '../shared/faults.ts';
import type { AudioProcessing } from '../shared/types.ts';
import type { Running, SoundSink, Source, VideoSink } from './inputs.ts';
import { canReadTracks, readSoundTrack, readVideoTrack } from './track-reader.ts';

/** 720p30 is what all cameras and computers manage; 1080p costs about twice as much. */
const CAMERA_LINES = 720;
const LARGE_CAMERA_LINES = 1080;
const CORES_FOR_LARGE = 4;
const SCREEN: MediaTrackConstraints = { frameRate: { ideal: 30, max: 30 } };
const DEFAULT_FRAME_RATE = 30;

/** A camera, screen or window: one video track. */
export class TrackSource implements Source {
  readonly kind: 'camera' | 'screen';
  readonly preview: MediaStream;
  readonly frameRate: number;
  readonly keepsSound = false;
  readonly hasSound = false;
  onEnded: (() => void) | undefined;
  readonly #track: MediaStreamTrack;
  readonly #running = new Set<Running>();

  constructor(kind: 'camera' | 'screen', track: MediaStreamTrack) {
    this.kind = kind;
    this.#track = track;
    this.preview = new MediaStream([track]);
    this.frameRate = track.getSettings().frameRate || DEFAULT_FRAME_RATE;
    // 'ended' is fired when the device goes away, not when the track is stopped here.
    track.addEventListener('ended', () => this.onEnded?.(), { once: true });
  }

  startVideo(sink: VideoSink): Running {
    const running = readVideoTrack(this.#track, sink);
    this.#running.add(running);
    return running;
  }

  startSound(): undefined {
    return undefined;
  }

  close(): void {
    this.onEnded = undefined;
    for (const running of this.#running) running.close();
    this.#track.stop();
  }
}

/**
 * What a camera is asked for where pictures of `maxLines` may be sent. Never less than 720p: the limit may be raised
 * while the camera is open, and encoders make it smaller.
 */
export function cameraWish(maxLines: number, cores: number): MediaTrackConstraints {
  const large = maxLines >= LARGE_CAMERA_LINES && cores >= CORES_FOR_LARGE;
  const lines = large ? LARGE_CAMERA_LINES : CAMERA_LINES;
  return {
    width: { ideal: (lines * 16) / 9 },
    height: { ideal: lines },
    frameRate: { ideal: 30, max: 60 },
  };
}

/** Opens a camera, the system's default where none is named. Throws MediaError. */
export async function openCamera(cameraId: string | null, maxLines: number): Promise<Source> {
  const wish = cameraWish(maxLines, navigator.hardwareConcurrency);
  const video = cameraId ? { ...wish, deviceId: { exact: cameraId } } : wish;
  const stream = await ask('camera', () => navigator.mediaDevices.getUserMedia({ video }));
  const track = firstTrack('camera', stream.getVideoTracks());
  track.contentHint = 'motion';
  return new TrackSource('camera', track);
}

/** Asks which screen or window to show. Throws MediaError. */
export async function openScreen(): Promise<Source> {
  const stream = await ask('screen', () =>
    navigator.mediaDevices.getDisplayMedia({ video: SCREEN, audio: false }),
  );
  const track = firstTrack('screen', stream.getVideoTracks());
  // Sharp text matters more than even motion.
  track.contentHint = 'detail';
  return new TrackSource('screen', track);
}

/** An opened microphone. */
export class Microphone {
  onEnded: (() => void) | undefined;
  readonly #track: MediaStreamTrack;
  readonly #running: Running;

  constructor(track: MediaStreamTrack, sink: SoundSink) {
    this.#track = track;
    this.#running = readSoundTrack(track, sink);
    track.addEventListener('ended', () => this.onEnded?.(), { once: true });
  }

  close(): void {
    this.onEnded = undefined;
    this.#running.close();
    this.#track.stop();
  }
}

/** Opens a microphone, the system's default where none is named. Throws MediaError. */
export async function openMicrophone(
  microphoneId: string | null,
  processing: AudioProcessing,
): Promise<(sink: SoundSink) => Microphone> {
  const audio: MediaTrackConstraints = {
    echoCancellation: processing.echoCancellation,
    noiseSuppression: processing.noiseSuppression,
    autoGainControl: processing.autoGain,
    ...(microphoneId ? { deviceId: { exact: microphoneId } } : {}),
  };
  const stream = await ask('microphone', () => navigator.mediaDevices.getUserMedia({ audio }));
  const track = firstTrack('microphone', stream.getAudioTracks());
  return (sink) => new Microphone(track, sink);
}

type Asked = 'camera' | 'microphone' | 'screen';

async function ask(device: Asked, open: () => Promise<MediaStream>): Promise<MediaStream> {
  if (!canReadTracks()) throw new MediaError(device, 'unsupported');
  try {
    return await open();
  } catch (error) {
    throw asMediaError(device, error);
  }
}

function firstTrack(device: Asked, tracks: MediaStreamTrack[]): MediaStreamTrack {
  const [track] = tracks;
  if (!track) throw new MediaError(device, 'missing');
  return track;
}
