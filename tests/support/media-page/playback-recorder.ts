/** What a person would notice of a picture that changes its rendition: gaps, steps back, black, and lost sound. */

/** A frame as it was painted. */
export interface PaintedFrame {
  /** performance.now(), in milliseconds. */
  atMs: number;
  /** Media time, in milliseconds. */
  mediaMs: number;
  width: number;
}

const paintedFrames: PaintedFrame[] = [];
let recording = false;

/** Every painted frame, without a look at its pixels. */
const { drawImage } = CanvasRenderingContext2D.prototype;
CanvasRenderingContext2D.prototype.drawImage = function (this: CanvasRenderingContext2D, ...args: unknown[]) {
  const [image] = args;
  if (recording && image instanceof VideoFrame) {
    paintedFrames.push({ atMs: performance.now(), mediaMs: image.timestamp / 1000, width: image.displayWidth });
  }
  Reflect.apply(drawImage, this, args);
} as typeof drawImage;

/** A frame's pixels on their way into the canvas. */
const { copyTo } = VideoFrame.prototype;
VideoFrame.prototype.copyTo = function (
  this: VideoFrame,
  to: AllowSharedBufferSource,
  options?: VideoFrameCopyToOptions & { format?: string },
) {
  if (recording && options?.format === 'RGBA') {
    paintedFrames.push({ atMs: performance.now(), mediaMs: this.timestamp / 1000, width: this.displayWidth });
  }
  return Reflect.apply(copyTo, this, [to, options]);
};

/** All frames painted during `work`. */
export async function recordPaintedFrames(work: () => Promise<void>): Promise<PaintedFrame[]> {
  paintedFrames.length = 0;
  recording = true;
  await work();
  recording = false;
  return paintedFrames.splice(0);
}

/** Silence of exact zeros is an empty buffer: no source is that quiet. This many samples of it are 5 ms. */
const GAP_SAMPLES = 240;

/** Looks how often the sound was torn: windows with a hole in them, of all looked at. */
export function countAudioGaps(node: AnalyserNode): { stop(): { looks: number; holes: number } } {
  const samples = new Float32Array(node.fftSize);
  let looks = 0;
  let holes = 0;
  const timer = setInterval(() => {
    node.getFloatTimeDomainData(samples);
    looks += 1;
    let run = 0;
    let longest = 0;
    for (const sample of samples) {
      run = sample === 0 ? run + 1 : 0;
      longest = Math.max(longest, run);
    }
    if (longest >= GAP_SAMPLES) holes += 1;
  }, 20);
  return {
    stop: () => {
      clearInterval(timer);
      return { looks, holes };
    },
  };
}
