/**
 * Injected into the viewer's page before its own scripts. Records the times at which frames arrive, enter a
 * decoder and leave it.
 */
import { TimestampFinder } from '../timestamp-finder.ts';
import { steadyEpoch } from './clock.ts';

/**
 * When frames arrived, entered the viewer's decoder and left it, in milliseconds since the epoch. Media
 * timestamps are in microseconds.
 */
export interface Decoded {
  arrived: [timestampUs: number, atMs: number][];
  decode: [timestampUs: number, atMs: number][];
  output: [timestampUs: number, atMs: number][];
}

const epochMs = steadyEpoch();
const messages: { atMs: number; bytes: Uint8Array }[] = [];
const decode: Decoded['decode'] = [];
const output: Decoded['output'] = [];

globalThis.WebSocket = class extends WebSocket {
  constructor(url: string | URL, protocols?: string | string[]) {
    super(url, protocols);
    this.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
      if (data instanceof ArrayBuffer)
        messages.push({ atMs: epochMs(), bytes: new Uint8Array(data.slice(0)) });
    });
  }
};

globalThis.VideoDecoder = class extends VideoDecoder {
  constructor(init: VideoDecoderInit) {
    super({
      error: init.error,
      output: (frame) => {
        output.push([frame.timestamp, epochMs()]);
        init.output(frame);
      },
    });
  }

  override decode(chunk: EncodedVideoChunk): void {
    decode.push([chunk.timestamp, epochMs()]);
    super.decode(chunk);
  }
};

const hops = {
  decoded: (timestampsUs: number[]): Decoded => {
    const finder = new TimestampFinder(timestampsUs);
    for (const { atMs, bytes } of messages) finder.scan(bytes, atMs);
    return { arrived: [...finder.found], decode, output };
  },
};
declare global {
  interface Window {
    benchDecoded: typeof hops;
  }
}
window.benchDecoded = hops;
