/**
 * Injected into the publisher's page before its own scripts. Records the times at which frames enter and
 * leave encoders.
 */
import { readPatternCode } from '../../../renderer/media/sources/pattern-code.ts';
import { steadyEpoch } from './clock.ts';
import { readFrame } from './frame-observer.ts';

/** One frame on the publisher's side; times are in milliseconds since the epoch. */
export interface Encoded {
  /** Media timestamp in microseconds, which the application sends with the frame. */
  timestampUs: number;
  /** Capture time, read from the code in the frame; null if the code is unreadable. */
  code: number | null;
  encodeMs: number;
  /** Time at which the encoder returned the chunk. */
  chunkMs: number | null;
}

const epochMs = steadyEpoch();
const encoded = new Map<number, Encoded>();

globalThis.VideoEncoder = class extends VideoEncoder {
  constructor({ output, error }: VideoEncoderInit) {
    super({
      error,
      output: (chunk, metadata) => {
        const entry = encoded.get(chunk.timestamp);
        if (entry) entry.chunkMs = epochMs();
        output(chunk, metadata);
      },
    });
  }

  override encode(frame: VideoFrame, options?: VideoEncoderEncodeOptions): void {
    const { timestamp: timestampUs } = frame;
    const entry: Encoded = { timestampUs, code: null, encodeMs: epochMs(), chunkMs: null };
    encoded.set(timestampUs, entry);
    const copy = frame.clone();
    readFrame(copy)
      .then(
        (pixels) => {
          entry.code = readPatternCode(pixels);
        },
        // A frame without a readable code is not counted.
        () => undefined,
      )
      .finally(() => copy.close());
    super.encode(frame, options);
  }
};

const hops = { encoded: (): Encoded[] => [...encoded.values()] };
declare global {
  interface Window {
    benchEncoded: typeof hops;
  }
}
window.benchEncoded = hops;
