import type { Path } from '@moq/net';
import { messageOf } from '../../../common/base/errors.ts';
import { sleep } from '../../../common/base/sleep.ts';
import { type Readable, Store } from '../../../common/base/store.ts';
import type { Uplink } from '../../../common/bridge/uplink.ts';
import { broadcastNameProblem } from '../../../common/ticket/broadcast-name.ts';
import type { ReconnectingSession } from '../session/reconnecting-session.ts';
import { anySignal } from '../shared/abort-signals.ts';
import { LevelMeter } from '../shared/level-meter.ts';
import type { MediaError } from '../shared/media-error.ts';
import {
  IDLE_PUBLISHER,
  type Publisher,
  type PublisherLimits,
  type PublisherState,
  type StagedSource,
} from '../shared/publisher-types.ts';
import type { AudioProcessing, VideoSelection } from '../shared/source-types.ts';
import { AudioCapture } from '../sources/audio-capture.ts';
import type { Source } from '../sources/source.ts';
import { VideoCapture } from '../sources/video-capture.ts';
import { type Content, maxLinesOf } from './ladder.ts';
import { Publication } from './publication.ts';

/** How long `goLive` waits for a session with main, in milliseconds. */
const MAIN_DEADLINE_MS = 10_000;
/**
 * Minimum pause between the end of a broadcast and the next one on the same path, in milliseconds. Without
 * it, readers would not notice that the broadcast ended.
 */
const REPUBLISH_GAP_MS = 150;
const STATS_INTERVAL_MS = 1_000;

const DEFAULT_LIMITS: PublisherLimits = { maxResolution: '1080p', uploadLimitBps: null, viewers: [] };

/** Captures video and audio, shows a preview, and publishes the broadcast while live. */
export class LivePublisher implements Publisher {
  readonly #session: ReconnectingSession;
  readonly #pathOf: (name: string) => Path.Valid;
  readonly #host: 'app' | 'relay';
  readonly #state = new Store<PublisherState>(IDLE_PUBLISHER);
  readonly #level = new Store(0);
  readonly #levelMeter = new LevelMeter((level) => this.#level.set(level));
  readonly #videoCapture: VideoCapture;
  readonly #audioCapture: AudioCapture;
  #publication: Publication | null = null;
  #starting: AbortController | null = null;
  #statsTimer: ReturnType<typeof setInterval> | undefined;
  #stoppedAtMs = Number.NEGATIVE_INFINITY;
  #limits = DEFAULT_LIMITS;
  #uplinks: readonly Uplink[] | undefined;
  #sourceFormat: { frameRate: number; content: Content } = { frameRate: 30, content: 'motion' };
  #closed = false;

  /**
   * @param pathOf returns the path on the Origin for a broadcast name
   * @param host the program at the other end of the session, for error messages
   */
  constructor(
    session: ReconnectingSession,
    pathOf: (name: string) => Path.Valid,
    host: 'app' | 'relay' = 'app',
  ) {
    this.#session = session;
    this.#pathOf = pathOf;
    this.#host = host;
    const problem = (error: MediaError | null) => this.#set({ problem: error?.problem ?? null });
    this.#videoCapture = new VideoCapture({
      frame: (frame) => this.#publication?.video.frame(frame),
      sourceChanged: (source) => {
        if (source) this.#setSource(source);
        this.#set({ silentFile: source?.kind === 'file' && !source.hasAudio });
        // A microphone fault is reported through `problem`; video continues.
        this.#audioCapture.setSource(source).catch(() => undefined);
      },
      paused: () => this.#publication?.video.pause(),
      status: (status) => this.#set(status),
      problem,
    });
    this.#audioCapture = new AudioCapture({
      chunk: (chunk) => {
        const [first] = chunk.planes;
        if (first) this.#levelMeter.add(first, chunk.sampleRateHz);
        this.#publication?.audio.chunk(chunk);
      },
      paused: () => {
        this.#levelMeter.reset();
        this.#publication?.audio.pause();
      },
      status: (audio) => this.#set({ audio }),
      problem,
    });
  }

  get state(): Readable<PublisherState> {
    return this.#state;
  }

  get level(): Readable<number> {
    return this.#level;
  }

  async selectVideo(selection: VideoSelection, signal?: AbortSignal): Promise<void> {
    this.#assertOpen();
    this.#set({ problem: null });
    await this.#videoCapture.select(selection, signal);
  }

  async stageVideo(selection: VideoSelection, signal: AbortSignal): Promise<StagedSource> {
    this.#assertOpen();
    return this.#videoCapture.stage(selection, signal);
  }

  async selectAudio(microphone: { id: string | null } | false): Promise<void> {
    this.#assertOpen();
    await this.#audioCapture.select(microphone);
  }

  /** Reopens the camera or microphone if it was unplugged. Must be called when a device of this kind is plugged in. */
  devicePlugged(device: 'camera' | 'microphone'): void {
    const { problem } = this.#state.get();
    if (problem?.fault !== 'unplugged' || problem.device !== device) return;
    this.#set({ problem: null });
    // If the device cannot be opened, the capture reports the problem itself.
    const opening = device === 'camera' ? this.#videoCapture.ensureOpen() : this.#audioCapture.start();
    opening.catch(() => undefined);
  }

  setAudioProcessing(processing: AudioProcessing): void {
    // If the microphone cannot be reopened, the capture reports the problem itself.
    this.#audioCapture.setProcessing(processing).catch(() => undefined);
  }

  setLimits(limits: PublisherLimits): void {
    if (sameLimits(limits, this.#limits)) return;
    this.#limits = limits;
    this.#videoCapture.maxLines = maxLinesOf(limits.maxResolution);
    this.#publication?.video.setLimits(limits);
  }

  /**
   * Lets the encoders' bitrates follow the connections to the readers. Must be called before `goLive`, with an empty
   * list, and after each change. Without calls, the bitrates follow no connection.
   */
  setUplinks(uplinks: readonly Uplink[]): void {
    this.#uplinks = uplinks;
    this.#publication?.setUplinks(uplinks);
  }

  /** Goes live even if the microphone fails. */
  async goLive(name: string, signal?: AbortSignal): Promise<void> {
    this.#assertOpen();
    if (this.#state.get().phase !== 'idle') throw new Error('You are already live.');
    const nameProblem = broadcastNameProblem(name);
    if (nameProblem) throw new Error(nameProblem);
    const starting = new AbortController();
    this.#starting = starting;
    const joined = anySignal(starting.signal, signal);
    // Opening a source again reports its problem again, so the old problem is cleared. If video is off, no
    // source is opened, so the old problem stays.
    const { problem } = this.#state.get();
    this.#set({ phase: 'starting', name, problem: this.#videoCapture.off ? problem : null });
    try {
      await this.#videoCapture.ensureOpen(joined.signal);
      await this.#waitForMain(joined.signal);
      await sleep(this.#stoppedAtMs + REPUBLISH_GAP_MS - performance.now(), joined.signal);
      joined.signal.throwIfAborted();
      await this.#startPublication(name, joined.signal);
    } catch (error) {
      // A later goLive() might have replaced the current publication after stop().
      if (this.#starting === starting) {
        this.#endPublication();
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
    this.#endPublication();
    this.#videoCapture.stop();
    this.#audioCapture.stop();
    this.#set({ phase: 'idle', name: null, encoding: [] });
  }

  async setMuted(muted: boolean): Promise<void> {
    await this.#audioCapture.setMuted(muted);
  }

  async setVideoOff(off: boolean): Promise<void> {
    await this.#videoCapture.setOff(off);
  }

  dismissProblem(): void {
    this.#set({ problem: null });
  }

  async release(): Promise<void> {
    if (this.#state.get().phase !== 'idle') return;
    this.#videoCapture.stop();
    this.#audioCapture.stop();
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
      const message =
        this.#host === 'app'
          ? `The app’s background process is not responding${detail}. Try again, or restart the app.`
          : `The relay is not responding${detail}. Check your internet connection, and try again.`;
      throw new Error(message, { cause: error });
    } finally {
      joined.dispose();
    }
  }

  async #startPublication(name: string, signal: AbortSignal): Promise<void> {
    const publication = new Publication(this.#pathOf(name), this.#limits, {
      problem: (error) => this.#set({ problem: error.problem }),
      note: (note) => this.#set({ note }),
    });
    this.#publication = publication;
    if (this.#uplinks) publication.setUplinks(this.#uplinks);
    publication.video.setSource(this.#sourceFormat.frameRate, this.#sourceFormat.content);
    this.#audioCapture.start().catch(() => undefined);
    const expected = { video: this.#videoCapture.capturing, audio: this.#audioCapture.expected };
    await publication.publish(this.#session, expected, signal);
    // stop() might have been called during the wait.
    signal.throwIfAborted();
    this.#statsTimer = setInterval(
      () => this.#set({ encoding: publication.encodingStats() }),
      STATS_INTERVAL_MS,
    );
    this.#set({ phase: 'live' });
  }

  #endPublication(): void {
    clearInterval(this.#statsTimer);
    if (!this.#publication) return;
    this.#publication.close();
    this.#publication = null;
    this.#stoppedAtMs = performance.now();
    this.#set({ encoding: [], note: null });
  }

  #setSource({ frameRate, kind }: Source): void {
    this.#sourceFormat = { frameRate, content: kind === 'screen' ? 'detail' : 'motion' };
    this.#publication?.video.setSource(this.#sourceFormat.frameRate, this.#sourceFormat.content);
  }

  #set(change: Partial<PublisherState>): void {
    this.#state.update((state) => ({ ...state, ...change }));
  }

  #assertOpen(): void {
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
