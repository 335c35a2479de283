import { drawPattern } from './draw-pattern.ts';
import type { Running, SoundSink, Source, VideoSink } from './inputs.ts';
import { nowUs } from './media-clock.ts';
import { startTicker } from './ticker.ts';
import { Tone } from './tone.ts';

const WIDTH = 1280;
const HEIGHT = 720;
const FRAME_RATE = 30;
/** A frame is drawn when its time has come, so ticking faster than frames keeps them even. */
const TICK_MS = 8;
/** The tone is made in chunks of this length. */
const TONE_TICK_MS = 10;

/**
 * A moving picture with a clock, a frame counter and a tone, so that one can go live without any device. The frame
 * number is the time since the start in frames; each time it reaches a multiple of the frame rate there is a flash,
 * and a beep begins.
 */
export class TestPattern implements Source {
  readonly kind = 'test';
  readonly preview: MediaStream;
  readonly frameRate = FRAME_RATE;
  readonly keepsSound = true;
  readonly hasSound = true;
  onEnded: (() => void) | undefined;
  readonly #startUs = nowUs();
  readonly #canvas: HTMLCanvasElement;
  readonly #context: CanvasRenderingContext2D;
  readonly #running = new Set<Running>();

  constructor() {
    this.#canvas = document.createElement('canvas');
    this.#canvas.width = WIDTH;
    this.#canvas.height = HEIGHT;
    // Frames are read back at once for encoding, so the canvas is kept where they are made.
    const context = this.#canvas.getContext('2d', { alpha: false, willReadFrequently: true });
    if (!context) throw new Error('this browser cannot draw');
    this.#context = context;
    drawPattern(context, WIDTH, HEIGHT, { frame: 0, frameRate: FRAME_RATE, wallClockMs: Date.now() });
    this.preview = this.#canvas.captureStream(FRAME_RATE);
  }

  startVideo(sink: VideoSink): Running {
    let last = -1;
    return this.#run(TICK_MS, () => {
      const number = Math.floor(((nowUs() - this.#startUs) * FRAME_RATE) / 1_000_000);
      if (number === last) return;
      last = number;
      const picture = { frame: number, frameRate: FRAME_RATE, wallClockMs: Date.now() };
      drawPattern(this.#context, WIDTH, HEIGHT, picture);
      const timestamp = Math.round(this.#startUs + (number * 1_000_000) / FRAME_RATE);
      const frame = new VideoFrame(this.#canvas, { timestamp });
      try {
        sink.frame(frame);
      } finally {
        frame.close();
      }
    });
  }

  startSound(sink: SoundSink): Running {
    const tone = new Tone(this.#startUs, nowUs());
    return this.#run(TONE_TICK_MS, () => {
      for (const chunk of tone.until(nowUs())) sink.chunk(chunk);
    });
  }

  close(): void {
    for (const running of [...this.#running]) running.close();
    for (const track of this.preview.getTracks()) track.stop();
  }

  #run(everyMs: number, tick: () => void): Running {
    const stop = startTicker(everyMs, tick);
    const running: Running = {
      close: () => {
        stop();
        this.#running.delete(running);
      },
    };
    this.#running.add(running);
    return running;
  }
}
