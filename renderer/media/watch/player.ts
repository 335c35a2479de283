import { Path } from '@moq/net';
import { Effect, type Getter, Signal } from '@moq/signals';
import { Broadcast } from '@moq/watch';
import { type Readable, Store } from '../../../common/base/store.ts';
import { AUTO, type ConnectionFacts, type RenditionDecision } from '../../../common/bridge/renditions.ts';
import type { Established } from '../session/reconnecting-session.ts';
import { NO_BROADCAST, type Player, type PlayerState, type PlayerView } from '../shared/player-types.ts';
import { PlayerPipeline, type PlayerSettings } from './player-pipeline.ts';
import { VideoStream } from './video-stream.ts';

/** Interval between state updates, in milliseconds. */
const REFRESH_MS = 250;
/** Interval between level updates, in milliseconds; short enough for a smooth level meter. */
const LEVEL_MS = 50;

/**
 * The MoQ session of a single player. Closing the session ends the player's subscriptions, so it cannot be
 * shared.
 */
export interface PlayerSession {
  /** The current session; undefined while there is none. */
  readonly established: Getter<Established | undefined>;
}

/** Inputs and callbacks for a `LivePlayer`. */
export interface PlayerOptions {
  /** Samples of the connection that delivers the broadcast; null while there are none. */
  readonly connection: Readable<ConnectionFacts | null>;
  /** Maximum number of lines of a rendition; larger renditions are not read. Null means no limit. */
  readonly maxLines?: Readable<number | null>;
  /**
   * Whether to wait for a click or key press in the page before audio starts, even if the browser would allow
   * audio earlier. Default: false.
   */
  readonly audioNeedsGesture?: boolean;
  /** Runs after each rendition change. */
  readonly onSwitch?: (decision: RenditionDecision) => void;
  /** Runs when the player closes. */
  readonly onClose?: () => void;
}

/**
 * Plays the broadcast at one path of main's Origin. Creates a new pipeline each time the broadcast appears,
 * because a publisher that restarts also restarts its clock.
 */
export class LivePlayer implements Player {
  readonly #broadcast: Broadcast;
  readonly #effect = new Effect();
  readonly #state = new Store<PlayerState>(NO_BROADCAST);
  readonly #level = new Store(0);
  readonly #videoStreams = new Set<VideoStream>();
  readonly #settings;
  /** Incremented to rebuild a stuck pipeline. */
  readonly #attempt = new Signal(0);
  #pipeline: PlayerPipeline | undefined;

  /** @param path a ticket in canonical form, or the path of a call's broadcast */
  constructor(
    session: PlayerSession,
    path: string,
    { connection, maxLines, audioNeedsGesture, onSwitch, onClose }: PlayerOptions,
  ) {
    if (onClose) this.#effect.cleanup(onClose);
    this.#settings = {
      canvas: new Signal<HTMLCanvasElement | undefined>(undefined),
      latency: new Signal<'real-time' | number>('real-time'),
      volume: new Signal(1),
      muted: new Signal(false),
      preferredRendition: new Signal<string>(AUTO),
      view: new Signal<PlayerView | undefined>(undefined),
      videoStreams: this.#videoStreams,
      connection,
      maxLines: maxLines ?? new Store(null),
      audioNeedsGesture: audioNeedsGesture ?? false,
      onSwitch: onSwitch ?? (() => undefined),
    } satisfies PlayerSettings;
    this.#broadcast = new Broadcast({
      connection: session.established,
      name: Path.from(path),
      enabled: true,
      reload: true,
    });
    this.#effect.run((effect) => this.#runPipeline(effect));
    const refresh = setInterval(() => this.#refresh(), REFRESH_MS);
    this.#effect.cleanup(() => clearInterval(refresh));
    const level = setInterval(() => this.#level.set(this.#pipeline?.level() ?? 0), LEVEL_MS);
    this.#effect.cleanup(() => clearInterval(level));
  }

  get state(): Readable<PlayerState> {
    return this.#state;
  }

  get level(): Readable<number> {
    return this.#level;
  }

  setCanvas(canvas: HTMLCanvasElement | null): void {
    this.#settings.canvas.set(canvas ?? undefined);
  }

  setVolume(volume: number): void {
    this.#settings.volume.set(Math.min(1, Math.max(0, volume)));
  }

  setMuted(muted: boolean): void {
    this.#settings.muted.set(muted);
  }

  setLatency(latency: 'real-time' | number): void {
    this.#settings.latency.set(latency);
  }

  setPreferredRendition(rendition: string): void {
    this.#settings.preferredRendition.set(rendition);
    this.#refresh();
  }

  setView(view: PlayerView): void {
    const before = this.#settings.view.peek();
    const { widthPx, heightPx, visible } = view;
    if (before?.widthPx === widthPx && before.heightPx === heightPx && before.visible === visible) return;
    this.#settings.view.set({ widthPx, heightPx, visible });
  }

  videoStream(): { stream: MediaStream; close(): void } | null {
    if (!VideoStream.supported) return null;
    const video = new VideoStream();
    this.#videoStreams.add(video);
    return {
      stream: video.stream,
      close: () => {
        this.#videoStreams.delete(video);
        video.close();
      },
    };
  }

  async close(): Promise<void> {
    for (const video of this.#videoStreams) video.close();
    this.#videoStreams.clear();
    this.#effect.close();
    this.#broadcast.close();
  }

  #runPipeline(effect: Effect): void {
    const active = effect.get(this.#broadcast.out.active);
    effect.get(this.#attempt);
    if (!active) {
      this.#state.set(NO_BROADCAST);
      return;
    }
    const pipeline = new PlayerPipeline(this.#broadcast, this.#settings, {
      changed: () => this.#refresh(),
      stuck: () => this.#attempt.update((attempt) => attempt + 1),
    });
    this.#pipeline = pipeline;
    effect.cleanup(() => {
      this.#pipeline = undefined;
      pipeline.close();
    });
    this.#refresh();
  }

  #refresh(): void {
    const next = this.#pipeline?.read() ?? NO_BROADCAST;
    if (!sameState(next, this.#state.get())) this.#state.set(next);
  }
}

function sameState(a: PlayerState, b: PlayerState): boolean {
  return (Object.keys(a) as (keyof PlayerState)[]).every((key) => Object.is(a[key], b[key]));
}
