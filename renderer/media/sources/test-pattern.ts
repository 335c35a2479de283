import { drawPattern } from './draw-pattern.ts';
import { nowUs } from './media-clock.ts';
import type { AudioSink, Capture, Source, VideoSink } from './source.ts';
import { Tone } from './tone.ts';
import { startWorkerInterval } from './worker-interval.ts';

const WIDTH = 1280;
const HEIGHT = 720;
const FRAME_RATE = 30;
/**
 * Timer interval, in milliseconds. It is shorter than the frame interval, so that frames are drawn almost
 * exactly on time.
 */
const VIDEO_TICK_MS = 8;
/** Duration of an audio chunk. */
const TONE_TICK_MS = 10;

/**
 * A moving image with a clock, a frame counter and a tone, for going live without a camera or microphone.
 * Once a second, when the frame number is a multiple of the frame rate, the image flashes and a beep starts.
 */
export class TestPattern implements Source {
  readonly kind = 'test';
  readonly preview: MediaStream;
  readonly frameRate = FRAME_RATE;
  readonly canStopVideoAlone = true;
  readonly hasAudio = true;
  onEnded: (() => void) | undefined;
  readonly #startUs = nowUs();
  readonly #canvas: HTMLCanvasElement;
  readonly #context: CanvasRenderingContext2D;
  readonly #captures = new Set<Capture>();

  constructor() {
    this.#canvas = document.createElement('canvas');
    this.#canvas.width = WIDTH;
    this.#canvas.height = HEIGHT;
    // Each frame is read back immediately for encoding, so a canvas in main memory is faster than one on the
    // GPU.
    const context = this.#canvas.getContext('2d', { alpha: false, willReadFrequently: true });
    if (!context) throw new Error('this browser cannot draw');
    this.#context = context;
    drawPattern(context, WIDTH, HEIGHT, { frame: 0, frameRate: FRAME_RATE, wallClockMs: Date.now() });
    this.preview = this.#canvas.captureStream(FRAME_RATE);
  }

  startVideo(sink: VideoSink): Capture {
    let last = -1;
    return this.#start(VIDEO_TICK_MS, () => {
      const number = Math.floor(((nowUs() - this.#startUs) * FRAME_RATE) / 1_000_000);
      if (number === last) return;
      last = number;
      const moment = { frame: number, frameRate: FRAME_RATE, wallClockMs: Date.now() };
      drawPattern(this.#context, WIDTH, HEIGHT, moment);
      const timestamp = Math.round(this.#startUs + (number * 1_000_000) / FRAME_RATE);
      const frame = new VideoFrame(this.#canvas, { timestamp });
      try {
        sink.frame(frame);
      } finally {
        frame.close();
      }
    });
  }

  startAudio(sink: AudioSink): Capture {
    const tone = new Tone(this.#startUs, nowUs());
    return this.#start(TONE_TICK_MS, () => {
      for (const chunk of tone.until(nowUs())) sink.chunk(chunk);
    });
  }

  close(): void {
    for (const capture of [...this.#captures]) capture.close();
    for (const track of this.preview.getTracks()) track.stop();
  }

  #start(everyMs: number, tick: () => void): Capture {
    const stop = startWorkerInterval(everyMs, tick);
    const capture: Capture = {
      close: () => {
        stop();
        this.#captures.delete(capture);
      },
    };
    this.#captures.add(capture);
    return capture;
  }
}
