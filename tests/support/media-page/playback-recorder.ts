/**
 * Records the faults that a viewer would notice during a rendition switch: frozen, repeated or black frames, and audio
 * gaps.
 */

/** A frame that was painted on a canvas. */
export interface PaintedFrame {
  /** Time on the clock of performance.now(), in milliseconds. */
  atMs: number;
  /** Media time, in milliseconds. */
  mediaMs: number;
  width: number;
}

const paintedFrames: PaintedFrame[] = [];
let recording = false;

/** Records frames that are painted with drawImage. */
const { drawImage } = CanvasRenderingContext2D.prototype;
CanvasRenderingContext2D.prototype.drawImage = function (this: CanvasRenderingContext2D, ...args: unknown[]) {
  const [image] = args;
  if (recording && image instanceof VideoFrame) {
    paintedFrames.push({
      atMs: performance.now(),
      mediaMs: image.timestamp / 1000,
      width: image.displayWidth,
    });
  }
  Reflect.apply(drawImage, this, args);
} as typeof drawImage;

/** Records frames whose pixels are copied into the canvas. */
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

/** Runs `work` and returns all frames that are painted while it runs. */
export async function recordPaintedFrames(work: () => Promise<void>): Promise<PaintedFrame[]> {
  paintedFrames.length = 0;
  recording = true;
  await work();
  recording = false;
  return paintedFrames.splice(0);
}

/**
 * Minimum number of consecutive zero samples that count as a gap: 5 ms. Exact zeros mean an empty buffer,
 * since no source is that quiet.
 */
const GAP_SAMPLES = 240;

/**
 * Samples the audio every 20 ms. `stop` ends the sampling and returns the number of samples and how many of
 * them contain a gap.
 */
export function countAudioGaps(node: AnalyserNode): { stop(): { samples: number; gaps: number } } {
  const buffer = new Float32Array(node.fftSize);
  let samples = 0;
  let gaps = 0;
  const timer = setInterval(() => {
    node.getFloatTimeDomainData(buffer);
    samples += 1;
    let run = 0;
    let longest = 0;
    for (const sample of buffer) {
      run = sample === 0 ? run + 1 : 0;
      longest = Math.max(longest, run);
    }
    if (longest >= GAP_SAMPLES) gaps += 1;
  }, 20);
  return {
    stop: () => {
      clearInterval(timer);
      return { samples, gaps };
    },
  };
}
