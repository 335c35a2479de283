import { MediaClock, nowUs } from './media-clock.ts';
import type { AudioSink, Capture, VideoSink } from './source.ts';
import { UprightFrames } from './upright-frames.ts';
import { startWorkerInterval } from './worker-interval.ts';

/**
 * Reads media tracks in browsers without `MediaStreamTrackProcessor` (Firefox, and Safari outside workers),
 * with a video element for frames and an audio worklet for samples.
 */

/** Interval between frames in a hidden page, in milliseconds. Video elements report no frames there. */
const HIDDEN_TICK_MS = 33;
/** Number of blocks of 128 samples in a message: 10.7 ms at 48 kHz. */
const BLOCKS_PER_CHUNK = 4;
const NAME = 'track-tap';

/** Whether this browser can read tracks through elements. */
export function canReadThroughElements(scope: object = globalThis): boolean {
  return ['VideoFrame', 'AudioData', 'AudioWorkletNode'].every((name) => name in scope);
}

/** Sends a video track's frames, upright and stamped with media time, to `sink`. Closing the result does not stop the track. */
export function readVideoThroughElement(track: MediaStreamTrack, sink: VideoSink): Capture {
  const clock = new MediaClock();
  const upright = new UprightFrames();
  const video = openElement(track);
  let closed = false;
  const read = (takenUs: number): void => {
    if (closed || video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) return;
    const frame = new VideoFrame(video, { timestamp: clock.map(takenUs, nowUs()) });
    let turned: VideoFrame | undefined;
    try {
      turned = upright.turn(frame);
      sink.frame(turned);
    } finally {
      frame.close();
      turned?.close();
    }
  };
  let request = 0;
  const onFrame = (_now: number, { captureTime }: VideoFrameCallbackMetadata): void => {
    if (closed) return;
    request = video.requestVideoFrameCallback(onFrame);
    // The capture time is on the clock of `performance.now()`. Browsers provide it only for cameras.
    read(captureTime === undefined ? nowUs() : captureTime * 1000);
  };
  request = video.requestVideoFrameCallback(onFrame);
  const stopTicks = startWorkerInterval(HIDDEN_TICK_MS, () => {
    if (document.hidden) read(nowUs());
  });
  return {
    close: () => {
      if (closed) return;
      closed = true;
      stopTicks();
      video.cancelVideoFrameCallback(request);
      video.srcObject = null;
      video.remove();
    },
  };
}

/** Opens an invisible video element that plays the track. Safari decodes only videos inside the document. */
function openElement(track: MediaStreamTrack): HTMLVideoElement {
  const video = document.createElement('video');
  video.muted = true;
  video.playsInline = true;
  video.setAttribute('aria-hidden', 'true');
  video.style.cssText =
    'position:fixed;inset:0 auto auto 0;width:1px;height:1px;opacity:0;pointer-events:none';
  video.srcObject = new MediaStream([track]);
  document.body.append(video);
  // play() rejects if the element is removed before it starts to play.
  video.play().catch((error: unknown) => {
    if (video.isConnected) reportError(error);
  });
  return video;
}

/** Sends copies of an audio track's samples, at most stereo, to `sink`. Closing the result does not stop the track. */
export function readAudioThroughWorklet(track: MediaStreamTrack, sink: AudioSink): Capture {
  const clock = new MediaClock();
  const context = new AudioContext();
  let closed = false;
  const onSamples = ({ data }: MessageEvent<TappedSamples>): void => {
    if (closed) return;
    const sampleRateHz = context.sampleRate;
    const frames = data.planes[0]?.length ?? 0;
    const sourceUs = (data.startFrame * 1_000_000) / sampleRateHz;
    const startUs = clock.map(sourceUs, nowUs(), (frames * 1_000_000) / sampleRateHz);
    sink.chunk({ planes: data.planes, sampleRateHz, startUs });
  };
  const open = async (): Promise<void> => {
    await loadTap(context);
    if (closed) return;
    const tap = new AudioWorkletNode(context, NAME, {
      channelCount: Math.min(2, track.getSettings().channelCount ?? 1),
      channelCountMode: 'explicit',
      processorOptions: { blocks: BLOCKS_PER_CHUNK },
    });
    tap.port.onmessage = onSamples;
    // A node runs only if it is connected to the speakers. This node outputs silence.
    context
      .createMediaStreamSource(new MediaStream([track]))
      .connect(tap)
      .connect(context.destination);
    await context.resume();
  };
  open().catch((error: unknown) => {
    if (!closed) reportError(error);
  });
  return {
    close: () => {
      if (closed) return;
      closed = true;
      context.close().catch(() => undefined);
    },
  };
}

/** A message from the audio thread: consecutive samples of all channels. */
interface TappedSamples {
  /** Position of the first sample, in frames of the context's clock. */
  startFrame: number;
  planes: Float32Array<ArrayBuffer>[];
}

// Globals of the audio thread that TypeScript's DOM types do not include.
declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}
declare const currentFrame: number;
declare function registerProcessor(name: string, processor: typeof AudioWorkletProcessor): void;

/**
 * Registers the tap. This function's source text runs on the audio thread, so it may use its argument but no
 * other names from this file.
 */
function registerTap(name: string): void {
  class Tap extends AudioWorkletProcessor {
    readonly #blocks: number;
    #collected: Float32Array[][] = [];
    #startFrame = 0;

    constructor({ processorOptions }: { processorOptions: { blocks: number } }) {
      super();
      this.#blocks = processorOptions.blocks;
    }

    process([input]: readonly Float32Array[][]): boolean {
      // Without channels, the track has ended or has not begun.
      if (!input || input.length === 0) return true;
      if (this.#collected.length === 0) this.#startFrame = currentFrame;
      this.#collected.push(input.map((plane) => plane.slice()));
      if (this.#collected.length >= this.#blocks) this.#send();
      return true;
    }

    #send(): void {
      const blocks = this.#collected;
      this.#collected = [];
      const channels = Math.min(...blocks.map((block) => block.length));
      const planes = Array.from({ length: channels }, (_, channel) => {
        const lengths = blocks.map((block) => block[channel]?.length ?? 0);
        const plane = new Float32Array(lengths.reduce((sum, length) => sum + length, 0));
        let at = 0;
        for (const block of blocks) {
          const part = block[channel];
          if (part) plane.set(part, at);
          at += part?.length ?? 0;
        }
        return plane;
      });
      this.port.postMessage(
        { startFrame: this.#startFrame, planes },
        planes.map(({ buffer }) => buffer),
      );
    }
  }
  registerProcessor(name, Tap as unknown as typeof AudioWorkletProcessor);
}

async function loadTap(context: AudioContext): Promise<void> {
  const script = `(${registerTap})(${JSON.stringify(NAME)});`;
  const url = URL.createObjectURL(new Blob([script], { type: 'text/javascript' }));
  try {
    await context.audioWorklet.addModule(url);
  } finally {
    URL.revokeObjectURL(url);
  }
}
