import type { Made } from '../recording.ts';

/** The worker's code, put here by the bundler. */
declare const SOURCE_WORKER: string;

/** Chromium's own, not in the DOM's types. */
declare class MediaStreamTrackGenerator extends MediaStreamTrack {
  constructor(init: { kind: 'video' });
  readonly writable: WritableStream<VideoFrame>;
}

/** Two periods fit a quantum of Web Audio at 48 kHz, so that each has the same loudness. */
const TONE_HZ = 750;
export const TONE_LEVEL = 0.2;

export const made: Made = { frames: 0, longestGapMs: 0 };

export function cameraTrack(): MediaStreamTrack {
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

/** A steady tone, which no microphone processing gets to suppress. */
export function microphoneTrack(): MediaStreamTrack {
  const context = new AudioContext({ sampleRate: 48_000 });
  const tone = new OscillatorNode(context, { frequency: TONE_HZ });
  const out = new MediaStreamAudioDestinationNode(context, { channelCount: 1 });
  tone.connect(new GainNode(context, { gain: TONE_LEVEL })).connect(out);
  tone.start();
  const [track] = out.stream.getAudioTracks();
  if (!track) throw new Error('there is no tone');
  return track;
}

/** From now on, the page's camera and microphone are the comparison's. */
export function replaceDevices(): void {
  navigator.mediaDevices.getUserMedia = (wanted) =>
    Promise.resolve(
      new MediaStream([
        ...(wanted?.video ? [cameraTrack()] : []),
        ...(wanted?.audio ? [microphoneTrack()] : []),
      ]),
    );
}
