/**
 * `node bench/renditions/keyframes.ts`: measures what Chromium's H.264 encoder does when its bitrate is lowered for
 * each keyframe, and when it changes without a keyframe. Uses the bench's camera. The frames get regular timestamps,
 * so a busy machine does not change the results.
 */
import { launchChromium } from '../../tests/support/browser.ts';
import { bundlePageScripts } from './page/bundle.ts';

/** Reads the frames of a track. Chromium supports this class, but TypeScript's DOM types do not include it. */
declare class MediaStreamTrackProcessor {
  constructor(init: { track: MediaStreamTrack });
  readonly readable: ReadableStream<VideoFrame>;
}

/** One row of the table. */
interface Row {
  keyframes: number;
  keyframeKb: number;
  otherKb: number;
  mbitPerS: number;
  /** Bit rate of the half second after a keyframe. */
  afterMbitPerS: number;
}

/** Bitrate shares at which keyframes are encoded. */
const SHARES = [1, 0.5, 0.25];

const browser = await launchChromium();
try {
  const page = await browser.newPage({ permissions: ['camera'] });
  await page.route('http://localhost/', (route) =>
    route.fulfill({ contentType: 'text/html', body: '<!doctype html><html lang="en"><body></body></html>' }),
  );
  for (const content of (await bundlePageScripts({ hops: false })).publisher)
    await page.addInitScript({ content });
  await page.goto('http://localhost/');
  console.log(
    '| keyframe share | full rate | keyframes | keyframe kB | other kB | Mbit/s | after a keyframe |',
  );
  console.log('| --- | --- | --- | --- | --- | --- | --- |');
  for (const fullBps of [2_500_000, 1_500_000]) {
    for (const share of SHARES) {
      const row = await page.evaluate(encode, { fullBps, keyframeBps: fullBps * share, changeBps: null });
      printRow(`${share}`, fullBps, row);
    }
  }
  const row = await page.evaluate(encode, {
    fullBps: 2_500_000,
    keyframeBps: 2_500_000,
    changeBps: 1_250_000,
  });
  printRow('none; half of the rate in the second half', 2_500_000, row);
} finally {
  await browser.close();
}

function printRow(title: string, fullBps: number, row: Row): void {
  const cells = [row.keyframes, row.keyframeKb.toFixed(1), row.otherKb.toFixed(1), row.mbitPerS.toFixed(2)];
  console.log(`| ${title} | ${fullBps / 1e6} | ${cells.join(' | ')} | ${row.afterMbitPerS.toFixed(2)} |`);
}

/**
 * Encodes 360 frames of 720p. Runs in the page.
 *
 * @param options.changeBps the bitrate of the second half of the frames. Only the first frame is then a keyframe.
 *   Null keeps the bitrate
 */
async function encode(options: {
  fullBps: number;
  keyframeBps: number;
  changeBps: number | null;
}): Promise<Row> {
  const frameCount = 360;
  const interval = 60;
  const { fullBps, keyframeBps, changeBps } = options;
  const config: VideoEncoderConfig = {
    ...{ codec: 'avc1.42e01f', width: 1280, height: 720, framerate: 30, bitrate: fullBps },
    ...{ latencyMode: 'realtime', hardwareAcceleration: 'no-preference', avc: { format: 'annexb' } },
  };
  const stream = await navigator.mediaDevices.getUserMedia({ video: true });
  const [track] = stream.getVideoTracks();
  if (!track) throw new Error('the camera has no track');
  const chunks: { key: boolean; bytes: number }[] = [];
  const encoder = new VideoEncoder({
    output: (chunk) => chunks.push({ key: chunk.type === 'key', bytes: chunk.byteLength }),
    error: (error) => {
      throw error;
    },
  });
  const frames = new MediaStreamTrackProcessor({ track }).readable.getReader();
  for (let i = 0; i < frameCount; i += 1) {
    const { value: frame } = await frames.read();
    if (!frame) break;
    const key = changeBps === null ? i % interval === 0 : i === 0;
    if (key) encoder.configure({ ...config, bitrate: keyframeBps });
    else if (changeBps !== null && i === frameCount / 2) encoder.configure({ ...config, bitrate: changeBps });
    else if (i > 0 && chunks.length > 0 && i % interval === 1 && keyframeBps !== fullBps)
      encoder.configure(config);
    const timed = new VideoFrame(frame, { timestamp: Math.round((i * 1_000_000) / 30) });
    encoder.encode(timed, { keyFrame: key });
    timed.close();
    frame.close();
    while (encoder.encodeQueueSize > 0) await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await encoder.flush();
  encoder.close();
  track.stop();
  const mean = (list: readonly { bytes: number }[]) =>
    list.reduce((sum, { bytes }) => sum + bytes, 0) / Math.max(1, list.length);
  // The first keyframe is smaller than the others, because the encoder does not know the content yet.
  const keys = chunks.filter(({ key }, i) => key && (i > 0 || changeBps !== null));
  const after = chunks.filter((_, i) => i > interval && i % interval > 0 && i % interval <= 15);
  return {
    keyframes: chunks.filter(({ key }) => key).length,
    keyframeKb: mean(keys) / 1_000,
    otherKb: mean(chunks.filter(({ key }) => !key)) / 1_000,
    mbitPerS: (mean(chunks) * 8 * 30) / 1e6,
    afterMbitPerS: (mean(after) * 8 * 30) / 1e6,
  };
}
