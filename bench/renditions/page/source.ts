import type { SourceStats } from '../recording.ts';

/** Source text of the worker, which the bundler inserts. */
declare const SOURCE_WORKER: string;

/**
 * Writes frames to a media track. Chromium supports this class, but TypeScript's DOM types do not include it.
 */
declare class MediaStreamTrackGenerator extends MediaStreamTrack {
  constructor(init: { kind: 'video' });
  readonly writable: WritableStream<VideoFrame>;
}

/**
 * Frequency of the tone, in Hz. At 48 kHz, a Web Audio render quantum contains exactly two periods, so every
 * quantum has the same loudness.
 */
const TONE_HZ = 750;
/** Amplitude of the tone, 0..1. */
export const TONE_LEVEL = 0.2;

/** Statistics about the frames that the camera has produced. */
export const made: SourceStats = { frames: 0, longestGapMs: 0 };

/** Starts the bench's camera. */
function cameraTrack(): MediaStreamTrack {
  const track = new MediaStreamTrackGenerator({ kind: 'video' });
  const url = URL.createObjectURL(new Blob([SOURCE_WORKER], { type: 'text/javascript' }));
  const worker = new Worker(url);
  worker.onmessage = ({ data }: MessageEvent<{ gapMs: number }>) => {
    made.frames += 1;
    made.longestGapMs = Math.max(made.longestGapMs, data.gapMs);
  };
  worker.postMessage(track.writable, [track.writable]);
  return track;
}

/** Starts a steady tone that microphone processing does not suppress. */
function microphoneTrack(): MediaStreamTrack {
  const context = new AudioContext({ sampleRate: 48_000 });
  const tone = new OscillatorNode(context, { frequency: TONE_HZ });
  const out = new MediaStreamAudioDestinationNode(context, { channelCount: 1 });
  tone.connect(new GainNode(context, { gain: TONE_LEVEL })).connect(out);
  tone.start();
  const [track] = out.stream.getAudioTracks();
  if (!track) throw new Error('the destination has no audio track');
  return track;
}

/** Replaces the page's camera and microphone with those of the bench. */
export function replaceDevices(): void {
  navigator.mediaDevices.getUserMedia = (wanted) =>
    Promise.resolve(
      new MediaStream([
        ...(wanted?.video ? [cameraTrack()] : []),
        ...(wanted?.audio ? [microphoneTrack()] : []),
      ]),
    );
}
