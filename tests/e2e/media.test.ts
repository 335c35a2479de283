import type { Page } from 'playwright-core';
import { beforeEach, describe, expect, it } from 'vitest';
import { launchChromium } from '../support/browser.ts';
import type { CanvasSample, MediaHarness } from '../support/media-page/page.ts';
import { useMediaPage } from '../support/media-page/use-media-page.ts';
import { sleep } from '../support/wait.ts';

/**
 * Tests the window's publisher and player in a real Chromium with a fake camera, connected to main's real
 * Origin.
 */

const FRAME_RATE = 30;
const PATH = 'live/hello';

const media = useMediaPage();
let page: Page;
beforeEach(() => {
  ({ page } = media);
});

async function goLive(kind: 'test' | 'camera' = 'test'): Promise<void> {
  await page.evaluate(async (source) => {
    const { publisher } = window.mediaHarness;
    await publisher.selectVideo({ kind: source });
    await publisher.goLive('hello');
  }, kind);
}

type StateMatcher = Parameters<MediaHarness['until']>[0];

/** Starts watching. Resolves to the time until the first frame, in milliseconds. */
function join(): Promise<number> {
  return page.evaluate((path) => {
    window.mediaHarness.watch(path);
    return window.mediaHarness.until((state) => state.phase === 'playing' && state.hasVideo, 10_000);
  }, PATH);
}

/** Waits until the player's state matches. `matches` runs in the page. */
function until(matches: StateMatcher, withinMs = 10_000): Promise<number> {
  return page.evaluate(
    ([source, ms]) =>
      window.mediaHarness.until(new Function(`return (${source})`)() as StateMatcher, Number(ms)),
    [String(matches), withinMs] as const,
  );
}

const publisherState = () => page.evaluate(() => window.mediaHarness.publisher.state.get());
const playerState = () => page.evaluate(() => window.mediaHarness.playerState());
const level = () => page.evaluate(() => window.mediaHarness.playerLevel());
const median = (values: number[]) =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

function frameNumbers(samples: CanvasSample[]): number[] {
  return samples.flatMap(({ frame }) => (frame === null ? [] : [frame]));
}

/**
 * Samples the canvas for a given time. Expects increasing frame numbers, and more than `perSecond` frames per
 * second.
 */
async function expectMoving(forMs = 2_000, perSecond = 10): Promise<CanvasSample[]> {
  const samples = await page.evaluate((ms) => window.mediaHarness.sampleCanvasFor(ms), forMs);
  const frames = frameNumbers(samples);
  expect(frames.length).toBeGreaterThan((perSecond * forMs) / 1000);
  expect(frames).toEqual(frames.toSorted((a, b) => a - b));
  return samples;
}

describe('the test pattern', () => {
  // The test is retried, because other processes on the machine may disturb the timing.
  it('plays smoothly, with low latency and audio in sync', { retry: 2 }, async () => {
    await goLive();
    const joinMs = await join();
    await sleep(2_500);
    const samples = await expectMoving(4_000, 20);
    const originMs = await page.evaluate(() => window.mediaHarness.encodedFrames.originMs);
    expect(originMs).not.toBeNull();
    const latencies = samples.map(
      ({ frame, atMs }) => atMs - (originMs ?? 0) - ((frame ?? 0) * 1000) / FRAME_RATE,
    );
    const latencyMs = median(latencies);
    expect(await level()).toBeGreaterThan(0.2);
    const { flashes, beeps } = await page.evaluate(() =>
      window.mediaHarness.recordFlashesAndBeeps(6_000, 30),
    );
    const skews = flashes.flatMap((flash) => {
      // Each beep's pitch identifies the second in which it starts, so a skew of whole seconds is also
      // detected.
      const near = beeps.find(
        ({ second, atMs }) => second === flash.second && Math.abs(atMs - flash.atMs) < 2_000,
      );
      return near ? [flash.atMs - near.atMs] : [];
    });
    const state = await playerState();
    process.stderr.write(
      `media: join ${joinMs.toFixed(0)} ms, pattern to canvas ${latencyMs.toFixed(0)} ms, ` +
        `skew ${skews.map((skew) => skew.toFixed(0)).join(' ')} ms (meter ${state.skewMs}), ` +
        `buffer ${state.bufferMs} ms, ${state.framesPerSecond} frames/s, ${state.codec}\n`,
    );
    // The limits are generous, because the machine might be busy. The measurements are printed above, and
    // bench/renditions measures them on an idle machine.
    expect(joinMs).toBeLessThan(5_000);
    expect(latencyMs).toBeLessThan(1_000);
    expect(skews.length).toBeGreaterThanOrEqual(3);
    // The video may lead by 60 ms. Detecting a flash or beep takes a few more milliseconds, or longer on a
    // busy page.
    expect(Math.abs(median(skews))).toBeLessThan(120);
    expect(state).toMatchObject({ phase: 'playing', hasAudio: true, audioBlocked: false, problem: null });
    // The rendition depends on the machine's load.
    expect([320, 640, 1280]).toContain(state.width);
  });

  it('is encoded only while it has viewers', async () => {
    await goLive();
    await sleep(1_500);
    expect(await page.evaluate(() => window.mediaHarness.encodedFrames.frames)).toBe(0);
    expect((await publisherState()).encoding).toEqual([]);
    expect(await page.evaluate(() => window.mediaHarness.previewFrameRate(2_000))).toBeGreaterThan(15);
    await join();
    await expect
      .poll(async () => (await publisherState()).encoding[0]?.framesPerSecond, { timeout: 5_000 })
      .toBeGreaterThan(15);
    await page.evaluate(() => window.mediaHarness.closePlayer());
    await expect.poll(async () => (await publisherState()).encoding, { timeout: 5_000 }).toEqual([]);
    const before = await page.evaluate(() => window.mediaHarness.encodedFrames.frames);
    await sleep(1_000);
    expect(await page.evaluate(() => window.mediaHarness.encodedFrames.frames)).toBe(before);
  });
});

describe('a live broadcast', () => {
  it('switches the source without disconnecting the viewer', async () => {
    await goLive();
    await join();
    await expectMoving();
    await page.evaluate(() => window.mediaHarness.publisher.selectVideo({ kind: 'camera' }));
    // The fake camera's image contains no code, so it has no frame number.
    await expect
      .poll(async () => (await page.evaluate(() => window.mediaHarness.sampleCanvas())).frame)
      .toBeNull();
    await until((state) => state.phase === 'playing' && state.framesPerSecond > 10);
    await page.evaluate(() => window.mediaHarness.publisher.selectVideo({ kind: 'test' }));
    await expect
      .poll(async () => (await page.evaluate(() => window.mediaHarness.sampleCanvas())).frame, {
        timeout: 5_000,
      })
      .not.toBeNull();
    // The new source has its own decoder, which may show the first frames of its first group twice, so wait
    // until they have been shown.
    await sleep(300);
    await expectMoving();
    await page.evaluate(() => window.mediaHarness.publisher.selectVideo({ kind: 'screen' }));
    await until((state) => state.phase === 'playing');
    expect(await page.evaluate(() => window.mediaHarness.phases)).not.toContain('offline');
  });

  it('shows a staged source to the viewer only once it is used', async () => {
    await goLive();
    await join();
    await expectMoving();
    const staged = await page.evaluateHandle(() =>
      window.mediaHarness.publisher.stageVideo({ kind: 'camera' }, new AbortController().signal),
    );
    const trackStates = () =>
      staged.evaluate(({ preview }) => preview?.getVideoTracks().map(({ readyState }) => readyState));
    expect(await trackStates()).toEqual(['live']);
    await expectMoving();
    expect(await publisherState()).toMatchObject({ source: 'test', video: 'on' });
    await staged.evaluate((source) => source.close());
    expect(await trackStates()).toEqual(['ended']);

    await page.evaluate(async () => {
      const { publisher } = window.mediaHarness;
      const source = await publisher.stageVideo({ kind: 'camera' }, new AbortController().signal);
      source.use();
      source.close();
    });
    expect(await publisherState()).toMatchObject({ source: 'camera', video: 'on' });
    await expect
      .poll(async () => (await page.evaluate(() => window.mediaHarness.sampleCanvas())).frame)
      .toBeNull();
    await until((state) => state.phase === 'playing' && state.framesPerSecond > 10);
    expect(await page.evaluate(() => window.mediaHarness.phases)).not.toContain('offline');
  });

  it('can start with audio only, and adds video later', async () => {
    await page.evaluate(async () => {
      const { publisher } = window.mediaHarness;
      await publisher.selectAudio({ id: null });
      await publisher.setVideoOff(true);
      await publisher.goLive('hello');
    });
    await page.evaluate((path) => window.mediaHarness.watch(path), PATH);
    await until((state) => state.hasAudio && !state.hasVideo && state.audioOnly);
    await expect.poll(level, { timeout: 5_000 }).toBeGreaterThan(0.05);
    await page.evaluate(() => window.mediaHarness.publisher.setVideoOff(false));
    await until((state) => state.hasVideo && state.framesPerSecond > 10);
  });

  it('mutes and unmutes the microphone', async () => {
    await goLive('camera');
    await join();
    await expect.poll(level, { timeout: 5_000 }).toBeGreaterThan(0.05);
    await page.evaluate(() => window.mediaHarness.publisher.setMuted(true));
    expect(await publisherState()).toMatchObject({ audio: 'muted', video: 'on' });
    await until((state) => !state.hasAudio && state.phase === 'playing');
    await expect.poll(level, { timeout: 3_000 }).toBe(0);
    await page.evaluate(() => window.mediaHarness.publisher.setMuted(false));
    await until((state) => state.hasAudio);
    await expect.poll(level, { timeout: 5_000 }).toBeGreaterThan(0.05);
    expect(await page.evaluate(() => window.mediaHarness.phases)).not.toContain('offline');
  });

  it.each(['test', 'camera'] as const)('video of the source %s can be switched off and on', async (kind) => {
    await goLive(kind);
    await join();
    const tracks = await page.evaluateHandle(
      () => window.mediaHarness.publisher.state.get().preview?.getTracks() ?? [],
    );
    await page.evaluate(() => window.mediaHarness.publisher.setVideoOff(true));
    expect(await publisherState()).toMatchObject({ video: 'off', preview: null, phase: 'live' });
    if (kind === 'camera') {
      expect(await tracks.evaluate((all) => all.map((track) => track.readyState))).toEqual(['ended']);
    }
    await until((state) => state.videoOff && !state.audioOnly && state.hasAudio && state.phase === 'playing');
    await expect.poll(level, { timeout: 3_000 }).toBeGreaterThan(0.05);
    await page.evaluate(() => window.mediaHarness.publisher.setVideoOff(false));
    await until((state) => !state.videoOff && state.framesPerSecond > 10);
    if (kind === 'test') await expectMoving();
    expect(await page.evaluate(() => window.mediaHarness.phases)).not.toContain('offline');
  });

  it('releases all devices quickly when it stops, and reaches the viewer again when it goes live again', async () => {
    await goLive('camera');
    await join();
    const tracks = await page.evaluateHandle(
      () => window.mediaHarness.publisher.state.get().preview?.getTracks() ?? [],
    );
    const stopMs = await page.evaluate(async () => {
      const startMs = performance.now();
      await window.mediaHarness.publisher.stop();
      return performance.now() - startMs;
    });
    expect(stopMs).toBeLessThan(1_000);
    expect(await tracks.evaluate((all) => all.every((track) => track.readyState === 'ended'))).toBe(true);
    expect(await publisherState()).toMatchObject({
      phase: 'idle',
      video: 'off',
      audio: 'off',
      preview: null,
    });
    await until((state) => state.phase === 'offline', 3_000);
    for (let round = 0; round < 2; round++) {
      await goLive();
      await until((state) => state.phase === 'playing' && state.hasVideo);
      await expectMoving();
      await expect.poll(level, { timeout: 3_000 }).toBeGreaterThan(0.2);
      // The second round starts only after the viewer has noticed the end of the first.
      await page.evaluate(() => window.mediaHarness.publisher.stop());
      if (round === 0) await until((state) => state.phase === 'offline', 3_000);
    }
  });
});

describe('an autoplay policy that blocks audio', () => {
  it('is reported, and audio starts after a click', async () => {
    const strict = await launchChromium({ autoplay: false });
    try {
      const other = await strict.newPage();
      await goLive();
      // The browser treats code that is evaluated in a page as a click, so the URL's hash starts playback
      // instead.
      await other.goto(`${media.url}#${PATH}`);
      await sleep(4_000);
      expect(await other.evaluate(() => window.mediaHarness.playerState())).toMatchObject({
        phase: 'playing',
        audioBlocked: true,
      });
      expect(await other.evaluate(() => window.mediaHarness.playerLevel())).toBe(0);
      await other.mouse.click(5, 5);
      await other.waitForFunction(() => !window.mediaHarness.playerState().audioBlocked);
      await other.waitForFunction(() => window.mediaHarness.playerLevel() > 0.2);
      await other.evaluate(() => window.mediaHarness.close());
    } finally {
      await strict.close();
    }
  });
});

describe('a touch screen', () => {
  it('needs one tap to start audio', async () => {
    const strict = await launchChromium({ autoplay: false });
    try {
      const other = await strict.newPage({ hasTouch: true });
      await goLive();
      await other.goto(`${media.url}#${PATH}`);
      await sleep(3_000);
      // Do not evaluate code in the page before the tap, because that would also count as a user gesture.
      await other.touchscreen.tap(5, 5);
      await other.waitForFunction(() => window.mediaHarness.playerLevel() > 0.2);
      expect(await other.evaluate(() => window.mediaHarness.playerState().audioBlocked)).toBe(false);
      await other.evaluate(() => window.mediaHarness.close());
    } finally {
      await strict.close();
    }
  });
});

describe('Opus packets of every duration', () => {
  it('play in any order', async () => {
    await page.evaluate(() => {
      const durationsUs = [2_500, 20_000, 5_000, 60_000, 10_000, 120_000, 40_000];
      const { configure, encode } = AudioEncoder.prototype;
      const encoders = new WeakMap<AudioEncoder, { config: AudioEncoderConfig; chunks: number }>();
      AudioEncoder.prototype.configure = function (config) {
        encoders.set(this, { config, chunks: 0 });
        configure.call(this, config);
      };
      // Use each packet duration for 0.6 s. This is a multiple of every duration, so no packet is padded.
      AudioEncoder.prototype.encode = function (data) {
        const encoder = encoders.get(this);
        if (encoder && encoder.chunks++ % 60 === 0) {
          const frameDuration = durationsUs[((encoder.chunks / 60) % durationsUs.length) | 0] ?? 20_000;
          configure.call(this, { ...encoder.config, opus: { frameDuration } } as AudioEncoderConfig);
        }
        encode.call(this, data);
      };
    });
    await goLive();
    await join();
    await sleep(2_000);
    const gaps = await page.evaluate(() => window.mediaHarness.audioGaps(9_000));
    process.stderr.write(`media: Opus packets of every duration: ${JSON.stringify(gaps)}\n`);
    expect(gaps.samples).toBeGreaterThan(100);
    // After each change to longer packets, the first longer packet arrives later, which causes a gap.
    expect(gaps.gaps / gaps.samples).toBeLessThan(0.35);
    expect(await level()).toBeGreaterThan(0.2);
  });
});

describe('a browser without an audio decoder, such as Safari before version 26', () => {
  it('says that it cannot play the sound, and shows the video', async () => {
    await page.evaluate(() => {
      Reflect.deleteProperty(window, 'AudioDecoder');
    });
    await goLive();
    await join();
    await until((state) => state.audioProblem !== null);
    expect(await playerState()).toMatchObject({
      hasAudio: true,
      audioProblem: expect.stringContaining('cannot play live sound'),
    });
    await expectMoving();
    await page.evaluate(() => window.mediaHarness.publisher.selectAudio(false));
    await until((state) => !state.hasAudio && state.audioProblem === null);
  });
});

describe('a hidden page that shares a still screen', () => {
  it('sends the video to late viewers', async () => {
    // A headless Chromium never hides its pages, so this script slows down the timers, as a browser would in
    // a hidden page. The shared screen is a canvas that is drawn only once.
    const hidden = await page.context().browser()?.newPage();
    if (!hidden) throw new Error('no browser');
    await hidden.addInitScript(() => {
      const { setInterval, setTimeout } = window;
      Object.assign(window, {
        hidePage: () => {
          window.setInterval = ((run: () => void, ms = 0) =>
            setInterval(run, Math.max(ms, 60_000))) as typeof setInterval;
          window.setTimeout = ((run: () => void, ms = 0) =>
            setTimeout(run, Math.max(ms, 1_000))) as typeof setTimeout;
        },
      });
      navigator.mediaDevices.getDisplayMedia = async () => {
        const canvas = Object.assign(document.createElement('canvas'), { width: 640, height: 360 });
        const context = canvas.getContext('2d');
        const stream = canvas.captureStream();
        if (context) {
          context.fillStyle = 'red';
          context.fillRect(0, 0, canvas.width, canvas.height);
        }
        return stream;
      };
    });
    await hidden.goto(media.url);
    await hidden.waitForFunction('window.mediaHarness');
    await hidden.evaluate(async () => {
      const { publisher } = window.mediaHarness;
      await publisher.selectVideo({ kind: 'screen' });
      await publisher.goLive('hello');
      (window as unknown as { hidePage(): void }).hidePage();
    });
    await sleep(2_000);
    for (let viewer = 0; viewer < 2; viewer++) {
      await join();
      expect(await page.evaluate(() => window.mediaHarness.canvasCorners().corners)).toBe('red red red red');
      await page.evaluate(() => window.mediaHarness.closePlayer());
      await sleep(1_000);
    }
    await hidden.evaluate(() => window.mediaHarness.close());
    await hidden.close();
  });
});

describe('a file with rotated video, as from a phone', () => {
  const shown = () => page.evaluate(() => window.mediaHarness.canvasCorners());

  it.each([
    [90, 'blue red white lime', true],
    [180, 'white blue lime red', false],
    [270, 'lime white red blue', true],
  ] as const)('is upright at the viewer (%i°)', async (degrees, corners, portrait) => {
    await page.evaluate(async (rotation) => {
      const { publisher, recordRotatedClip } = window.mediaHarness;
      await publisher.selectVideo({ kind: 'file', file: await recordRotatedClip(rotation) });
      await publisher.goLive('hello');
    }, degrees);
    await join();
    await expect.poll(async () => (await shown()).corners, { timeout: 5_000 }).toBe(corners);
    const { width, height } = await shown();
    expect(height > width).toBe(portrait);
  });

  it('is also upright, without an error, if it becomes the source while live', async () => {
    await goLive();
    await join();
    for (const [rotation, corners] of [
      [0, 'red lime blue white'],
      [180, 'white blue lime red'],
      [90, 'blue red white lime'],
    ] as const) {
      await page.evaluate(async (degrees) => {
        const { publisher, recordRotatedClip } = window.mediaHarness;
        await publisher.selectVideo({ kind: 'file', file: await recordRotatedClip(degrees) });
      }, rotation);
      await expect.poll(async () => (await shown()).corners, { timeout: 8_000 }).toBe(corners);
    }
    expect((await publisherState()).problem).toBeNull();
  });
});

describe('an AudioContext that keeps the hardware’s sample rate', () => {
  it.each([44_100, 16_000])('plays audio of another rate at the right pitch (%i Hz)', async (hardwareHz) => {
    await page.evaluate((sampleRate) => {
      const Original = AudioContext;
      window.AudioContext = class extends Original {
        constructor(options?: AudioContextOptions) {
          super({ ...options, sampleRate });
        }
      };
    }, hardwareHz);
    await goLive();
    await join();
    await expect.poll(level, { timeout: 5_000 }).toBeGreaterThan(0.2);
    const { flashes, beeps } = await page.evaluate(() =>
      window.mediaHarness.recordFlashesAndBeeps(5_000, 30),
    );
    // A beep's pitch identifies its second. If the sample rate were wrong, the beeps would not match the
    // flashes.
    const matches = flashes.filter((flash) =>
      beeps.some(({ second, atMs }) => second === flash.second && Math.abs(atMs - flash.atMs) < 1_000),
    );
    expect(matches.length).toBeGreaterThanOrEqual(2);
  });
});

describe('H.264', () => {
  it('is replaced by another codec if the browser cannot encode it', async () => {
    await page.evaluate(() => {
      const supported = VideoEncoder.isConfigSupported;
      VideoEncoder.isConfigSupported = (config) =>
        config.codec.startsWith('avc1') ? Promise.resolve({ supported: false, config }) : supported(config);
    });
    await goLive();
    await join();
    await expectMoving();
    expect((await playerState()).rendition).toMatch(/^video\/vp9-/);
    expect((await publisherState()).problem).toBeNull();
  });

  it('is replaced by another codec after its encoder fails twice, without interrupting the viewer', async () => {
    const broken = await page.evaluateHandle(() => {
      const now = { broken: false };
      const { encode, configure } = VideoEncoder.prototype;
      const h264 = new WeakSet<VideoEncoder>();
      VideoEncoder.prototype.configure = function (config) {
        if (config.codec.startsWith('avc1')) h264.add(this);
        configure.call(this, config);
      };
      VideoEncoder.prototype.encode = function (frame, options) {
        if (now.broken && h264.has(this)) throw new DOMException('the encoder broke', 'EncodingError');
        encode.call(this, frame, options);
      };
      return now;
    });
    await goLive();
    await join();
    expect((await playerState()).rendition).toMatch(/^video\/h264-/);
    await broken.evaluate((now) => {
      now.broken = true;
    });
    await until(
      (state) => state.rendition?.startsWith('video/vp9-') === true && state.framesPerSecond > 5,
      15_000,
    );
    expect((await publisherState()).problem).toMatchObject({ device: 'encoder', fault: 'failed' });
    expect(await page.evaluate(() => window.mediaHarness.phases)).not.toContain('offline');
  });
});

describe('a lost channel to main', () => {
  it.each(['publisher', 'viewer'] as const)('is reopened, and the %s resumes', async (side) => {
    await goLive();
    await join();
    await page.evaluate((name) => window.mediaHarness.cutChannel(name, 1_000), side);
    await until((state) => state.phase === 'offline', 5_000);
    await until((state) => state.phase === 'playing' && state.framesPerSecond > 20);
    await expectMoving();
    expect((await publisherState()).phase).toBe('live');
  });

  it('makes going live fail with a message', async () => {
    await page.evaluate(() => window.mediaHarness.cutChannel('publisher', 60_000));
    await sleep(300);
    const failure = await page.evaluate(async () => {
      const { publisher } = window.mediaHarness;
      await publisher.selectVideo({ kind: 'test' });
      return publisher.goLive('hello').catch((error: Error) => error.message);
    });
    expect(failure).toMatch(/is not responding/);
    expect((await publisherState()).phase).toBe('idle');
  });
});

describe('an unplugged device', () => {
  // Chromium's fake devices cannot be unplugged, so the test ends their tracks and changes the list of devices.
  it.each(['camera', 'microphone'] as const)('continues when it is plugged in again (%s)', async (device) => {
    await page.evaluate(() => {
      const { getUserMedia } = navigator.mediaDevices;
      const opened: MediaStreamTrack[] = [];
      navigator.mediaDevices.getUserMedia = async (constraints) => {
        const stream = await getUserMedia.call(navigator.mediaDevices, constraints);
        opened.push(...stream.getTracks());
        return stream;
      };
      Object.assign(window, { opened });
    });
    await goLive('camera');
    await join();
    await page.evaluate(async (name) => {
      const { opened } = window as unknown as { opened: MediaStreamTrack[] };
      const kind = name === 'camera' ? 'video' : 'audio';
      const { enumerateDevices } = navigator.mediaDevices;
      const change = async (list: typeof enumerateDevices) => {
        navigator.mediaDevices.enumerateDevices = list;
        navigator.mediaDevices.dispatchEvent(new Event('devicechange'));
        await new Promise((resolve) => setTimeout(resolve, 300));
      };
      const all = await enumerateDevices.call(navigator.mediaDevices);
      for (const track of opened) if (track.kind === kind) track.dispatchEvent(new Event('ended'));
      await change(async () => all.filter((info) => info.kind !== `${kind}input`));
      const { problem } = window.mediaHarness.publisher.state.get();
      if (problem?.fault !== 'unplugged') throw new Error(`the problem is ${JSON.stringify(problem)}`);
      await change(async () => all);
    }, device);
    await expect.poll(publisherState).toMatchObject({ video: 'on', audio: 'on', problem: null });
    await until((state) => state.hasVideo && state.hasAudio && state.framesPerSecond > 5);
  });
});

describe('a file source', () => {
  it('names the file and its codec if the browser cannot play it', async () => {
    const message = await page.evaluate(async () => {
      const { publisher, recordRotatedClip } = window.mediaHarness;
      // Marks the video as HEVC, which Chromium on Linux cannot play.
      const bytes = new Uint8Array(await (await recordRotatedClip(0)).arrayBuffer());
      const tag = [...'vp09'].map((char) => char.charCodeAt(0));
      for (let at = 0; at < bytes.length; at++)
        if (tag.every((code, i) => bytes[at + i] === code))
          bytes.set(
            [...'hvc1'].map((char) => char.charCodeAt(0)),
            at,
          );
      const file = new File([bytes], 'holiday.mp4', { type: 'video/mp4' });
      return publisher.selectVideo({ kind: 'file', file }).catch((error: Error) => error.message);
    });
    expect(message).toMatch(/^This video’s codec \(HEVC\) cannot be played here\..*holiday\.mp4/);
    expect(await publisherState()).toMatchObject({ video: 'failed', problem: { fault: 'unplayable' } });
  });

  it('is reported as silent if the film has no sound', async () => {
    await page.evaluate(async () => {
      const { publisher, recordRotatedClip } = window.mediaHarness;
      await publisher.selectVideo({ kind: 'file', file: await recordRotatedClip(0) });
    });
    expect(await publisherState()).toMatchObject({ video: 'on', silentFile: true });
  });

  it('reports a file that cannot be played, and keeps the previous source', async () => {
    await goLive();
    const message = await page.evaluate(() => {
      const file = new File(['not a video'], 'clip.mp4', { type: 'video/mp4' });
      return window.mediaHarness.publisher
        .selectVideo({ kind: 'file', file })
        .catch((error: Error) => error.message);
    });
    expect(message).toMatch(/cannot be played/);
    expect(await publisherState()).toMatchObject({
      video: 'on',
      source: 'test',
      problem: { device: 'file', fault: 'unplayable' },
    });
  });

  it('plays a file with audio only, and can be replaced by a source with video', async () => {
    await goLive();
    await join();
    await page.evaluate(async () => {
      // A WAV file with a one-second tone in 16-bit mono PCM at 8 kHz, after a 44-byte header.
      const rateHz = 8_000;
      const wav = new DataView(new ArrayBuffer(44 + 2 * rateHz));
      const tag = (at: number, text: string) =>
        [...text].forEach((char, i) => {
          wav.setUint8(at + i, char.charCodeAt(0));
        });
      tag(0, 'RIFF');
      wav.setUint32(4, 36 + 2 * rateHz, true);
      tag(8, 'WAVEfmt ');
      wav.setUint32(16, 16, true);
      wav.setUint16(20, 1, true);
      wav.setUint16(22, 1, true);
      wav.setUint32(24, rateHz, true);
      wav.setUint32(28, 2 * rateHz, true);
      wav.setUint16(32, 2, true);
      wav.setUint16(34, 16, true);
      tag(36, 'data');
      wav.setUint32(40, 2 * rateHz, true);
      for (let i = 0; i < rateHz; i++) wav.setInt16(44 + 2 * i, 20_000 * Math.sin(i / 3), true);
      const file = new File([wav.buffer], 'tone.wav', { type: 'audio/wav' });
      await window.mediaHarness.publisher.selectVideo({ kind: 'file', file });
    });
    expect(await publisherState()).toMatchObject({
      source: 'file',
      video: 'none',
      preview: null,
      audio: 'on',
      problem: null,
    });
    await until((state) => state.videoOff && state.hasAudio);
    await expect.poll(level, { timeout: 5_000 }).toBeGreaterThan(0.2);
    // Wait for longer than the file lasts, because the file must loop.
    await sleep(2_500);
    await expect.poll(level, { timeout: 3_000 }).toBeGreaterThan(0.2);
    expect((await publisherState()).encoding).toEqual([]);
    await page.evaluate(() => window.mediaHarness.publisher.selectVideo({ kind: 'test' }));
    await until((state) => !state.videoOff && state.framesPerSecond > 10);
    expect(await page.evaluate(() => window.mediaHarness.phases)).not.toContain('offline');

    // A broadcast can also start with an audio-only file.
    await page.evaluate(() => window.mediaHarness.publisher.stop());
    await until((state) => state.phase === 'offline', 3_000);
    await page.evaluate(async () => {
      const { publisher } = window.mediaHarness;
      const audio = new AudioContext();
      const out = audio.createMediaStreamDestination();
      const tone = new OscillatorNode(audio);
      tone.connect(out);
      tone.start();
      const recorder = new MediaRecorder(out.stream);
      const parts: Blob[] = [];
      recorder.ondataavailable = ({ data }) => parts.push(data);
      recorder.start();
      await new Promise((resolve) => setTimeout(resolve, 1_500));
      recorder.stop();
      await new Promise((resolve) => {
        recorder.onstop = resolve;
      });
      await audio.close();
      await publisher.selectVideo({
        kind: 'file',
        file: new File(parts, 'tone.webm', { type: 'audio/webm' }),
      });
      await publisher.goLive('hello');
    });
    await until((state) => state.videoOff && state.hasAudio);
    await expect.poll(level, { timeout: 5_000 }).toBeGreaterThan(0.2);
  });

  it('plays a file in a loop with its own audio', async () => {
    await page.evaluate(async () => {
      const { publisher } = window.mediaHarness;
      const file = await window.mediaHarness.recordClip(2_000);
      await publisher.selectVideo({ kind: 'file', file });
      await publisher.goLive('hello');
    });
    await join();
    await expect.poll(level, { timeout: 5_000 }).toBeGreaterThan(0.2);
    const frames = frameNumbers(await page.evaluate(() => window.mediaHarness.sampleCanvasFor(5_000)));
    expect(frames.length).toBeGreaterThan(40);
    // A decreasing frame number means that the file has started over.
    expect(frames.some((frame, i) => i > 0 && frame < (frames[i - 1] ?? 0))).toBe(true);
    expect(await level()).toBeGreaterThan(0.2);
  });
});
