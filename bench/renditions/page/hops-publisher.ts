/** Runs in the publisher's page before its own scripts: when pictures go into an encoder and come out. */
import { readPatternCode } from '../../../renderer/media/sources/pattern-code.ts';
import { steadyEpoch } from './clock.ts';
import { readFrame } from './eyes.ts';

/** One picture at the publisher; times in milliseconds since the epoch. */
export interface Encoded {
  /** The application's timestamp of it, in microseconds, which goes with it over the wire. */
  timestampUs: number;
  /** Its capture time as the picture itself says it. */
  code: number | null;
  encodeMs: number;
  /** When its chunk came out of the encoder. */
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
        // It stays unknown, and the picture is not counted.
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
