import type { Path } from '@moq/net';
import { messageOf } from '../../../common/base/errors.ts';
import { sleep } from '../../../common/base/sleep.ts';
import { type Readable, Store } from '../../../common/base/store.ts';
import { broadcastNameProblem } from '../../../common/ticket/broadcast-name.ts';
import type { MediaSession } from '../session/reconnecting-session.ts';
import { anySignal } from '../shared/abort-signals.ts';
import type { MediaError } from '../shared/media-error.ts';
import { LevelMeter } from '../shared/level-meter.ts';
import type {
  AudioProcessing,
  Publisher,
  PublisherLimits,
  PublisherState,
  VideoSelection,
} from '../shared/types.ts';
import { SoundCapture } from '../sources/audio-capture.ts';
import type { Source } from '../sources/source.ts';
import { VideoCapture } from '../sources/video-capture.ts';
import { type Content, maxLinesOf } from './ladder.ts';
import { OnAir } from './publication.ts';

/** How long going live waits for main, in milliseconds. */
const MAIN_DEADLINE_MS = 10_000;
/** A path that is published again at once is not noticed to have been gone; readers must see the end. */
const REPUBLISH_GAP_MS = 150;
const STATS_EVERY_MS = 1_000;

const IDLE: PublisherState = {
  phase: 'idle',
  name: null,
  source: 'camera',
  preview: null,
  video: 'off',
  audio: 'off',
  problem: null,
  encoding: [],
  note: null,
};

const UNLIMITED: PublisherLimits = { maxResolution: '1080p', uploadLimitBps: null, viewers: [] };

/** What this person shows: sources, preview, and the broadcast while live. */
export class LivePublisher implements Publisher {
  readonly #session: MediaSession;
  readonly #pathOf: (name: string) => Path.Valid;
  readonly #state = new Store<PublisherState>(IDLE);
  readonly #level = new Store(0);
  readonly #meter = new LevelMeter((level) => this.#level.set(level));
  readonly #picture: VideoCapture;
  readonly #sound: SoundCapture;
  #onAir: OnAir | null = null;
  #starting: AbortController | null = null;
  #stats: ReturnType<typeof setInterval> | undefined;
  #stoppedAtMs = Number.NEGATIVE_INFINITY;
  #limits = UNLIMITED;
  #shown: { frameRate: number; content: Content } = { frameRate: 30, content: 'motion' };
  #closed = false;

  /** `pathOf` says where on the Origin a broadcast of a name goes. */
  constructor(session: MediaSession, pathOf: (name: string) => Path.Valid) {
    this.#session = session;
    this.#pathOf = pathOf;
    const problem = (error: MediaError) => this.#set({ problem: error.problem });
    this.#picture = new VideoCapture({
      frame: (frame) => this.#onAir?.video.frame(frame),
      source: (source) => {
        if (source) this.#follow(source);
        // A problem with the microphone has been told; the picture goes on.
        this.#sound.setSource(source).catch(() => undefined);
      },
      dark: () => this.#onAir?.video.pause(),
      status: (status) => this.#set(status),
      problem,
    });
    this.#sound = new SoundCapture({
      chunk: (chunk) => {
        const [first] = chunk.planes;
        if (first) this.#meter.add(first, chunk.sampleRateHz);
        this.#onAir?.sound.chunk(chunk);
      },
      silent: () => {
        this.#meter.reset();
        this.#onAir?.sound.pause();
      },
      status: (sound) => this.#set({ audio: sound }),
      problem,
    });
  }
  get state(): Readable<PublisherState> {
    return this.#state;
  }

  get level(): Readable<number> {
    return this.#level;
  }

  async selectVideo(video: VideoSelection, signal?: AbortSignal): Promise<void> {
    this.#mustBeOpen();
    this.#set({ problem: null });
    await this.#picture.choose(video, signal);
  }

  async selectAudio(microphone: { id: string | null } | false): Promise<void> {
    this.#mustBeOpen();
    await this.#sound.choose(microphone);
  }

  setAudioProcessing(processing: AudioProcessing): void {
    // A microphone that does not open again tells its problem itself.
    this.#sound.setProcessing(processing).catch(() => undefined);
  }

  setLimits(limits: PublisherLimits): void {
    if (sameLimits(limits, this.#limits)) return;
    this.#limits = limits;
    this.#picture.maxLines = maxLinesOf(limits.maxResolution);
    this.#onAir?.video.setLimits(limits);
  }

  /** Rejects with words fit to show, or with the signal's reason. A microphone that fails does not keep one from it. */
  async goLive(name: string, signal?: AbortSignal): Promise<void> {
    this.#mustBeOpen();
    if (this.#state.get().phase !== 'idle') throw new Error('You are live already.');
    const nameProblem = broadcastNameProblem(name);
    if (nameProblem) throw new Error(nameProblem);
    const starting = new AbortController();
    this.#starting = starting;
    const joined = anySignal(starting.signal, signal);
    // What is tried again tells anew what is wrong with it; a camera that could not be had before is not.
    const { problem } = this.#state.get();
    this.#set({ phase: 'starting', name, problem: this.#picture.off ? problem : null });
    try {
      await this.#picture.ensure(joined.signal);
      await this.#waitForMain(joined.signal);
      await sleep(this.#stoppedAtMs + REPUBLISH_GAP_MS - performance.now(), joined.signal);
      joined.signal.throwIfAborted();
      await this.#goOnAir(name, joined.signal);
    } catch (error) {
      // Once stopped, what is on air or under way by now is of another start.
      if (this.#starting === starting) {
        this.#takeOffAir();
        this.#set({ phase: 'idle', name: null });
      }
      throw error;
    } finally {
      joined.dispose();
      if (this.#starting === starting) this.#starting = null;
    }
  }

  async stop(): Promise<void> {
    this.#starting?.abort(new Error('stopped'));
    this.#starting = null;
    this.#takeOffAir();
    this.#picture.stop();
    this.#sound.stop();
    this.#set({ phase: 'idle', name: null, encoding: [] });
  }

  async setMuted(muted: boolean): Promise<void> {
    await this.#sound.setMuted(muted);
  }

  async setVideoOff(off: boolean): Promise<void> {
    await this.#picture.setOff(off);
  }

  dismissProblem(): void {
    this.#set({ problem: null });
  }

  async release(): Promise<void> {
    if (this.#state.get().phase !== 'idle') return;
    this.#picture.stop();
    this.#sound.stop();
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    await this.stop();
    this.#closed = true;
  }

  async #waitForMain(signal: AbortSignal): Promise<void> {
    const deadline = AbortSignal.timeout(MAIN_DEADLINE_MS);
    const joined = anySignal(deadline, signal);
    try {
      await this.#session.ready(joined.signal);
    } catch (error) {
      signal.throwIfAborted();
      const detail = this.#session.lastError ? ` (${messageOf(this.#session.lastError)})` : '';
      const message = `The app’s background part does not answer${detail}. Try again, or start the app anew.`;
      throw new Error(message, { cause: error });
    } finally {
      joined.dispose();
    }
  }

  async #goOnAir(name: string, signal: AbortSignal): Promise<void> {
    const onAir = new OnAir(this.#pathOf(name), this.#limits, {
      problem: (error) => this.#set({ problem: error.problem }),
      note: (note) => this.#set({ note }),
    });
    this.#onAir = onAir;
    onAir.video.setSource(this.#shown.frameRate, this.#shown.content);
    this.#sound.start().catch(() => undefined);
    await onAir.publish(this.#session, { video: this.#picture.shown, sound: this.#sound.expected }, signal);
    // Stopped in the moment since.
    signal.throwIfAborted();
    this.#stats = setInterval(() => this.#set({ encoding: onAir.encoding() }), STATS_EVERY_MS);
    this.#set({ phase: 'live' });
  }

  #takeOffAir(): void {
    clearInterval(this.#stats);
    if (!this.#onAir) return;
    this.#onAir.close();
    this.#onAir = null;
    this.#stoppedAtMs = performance.now();
    this.#set({ encoding: [], note: null });
  }

  #follow({ frameRate, kind }: Source): void {
    this.#shown = { frameRate, content: kind === 'screen' ? 'detail' : 'motion' };
    this.#onAir?.video.setSource(this.#shown.frameRate, this.#shown.content);
  }

  #set(change: Partial<PublisherState>): void {
    this.#state.update((state) => ({ ...state, ...change }));
  }

  #mustBeOpen(): void {
    if (this.#closed) throw new Error('The publisher is closed.');
  }
}

function sameLimits(one: PublisherLimits, two: PublisherLimits): boolean {
  return (
    one.maxResolution === two.maxResolution &&
    one.uploadLimitBps === two.uploadLimitBps &&
    one.viewers.length === two.viewers.length &&
    one.viewers.every(({ name, viewers }, i) => {
      const other = two.viewers[i];
      return other?.name === name && other.viewers === viewers;
    })
  );
}
