import { Path } from '@moq/net';
import { Effect, type Getter, Signal } from '@moq/signals';
import { Broadcast } from '@moq/watch';
import { type Readable, Store } from '../../../common/base/store.ts';
import { AUTO, type ConnectionFacts, type RenditionDecision } from '../../../common/bridge/renditions.ts';
import type { Established } from '../session/reconnecting-session.ts';
import { NO_BROADCAST, type Player, type PlayerState, type PlayerView } from '../shared/types.ts';
import { PlayerPipeline, type PlayerSettings } from './player-pipeline.ts';
import { PictureStream } from './video-stream.ts';

/** How often what is read off the pipeline is told, in milliseconds. */
const REFRESH_MS = 250;
/** Level meters look alive at this pace, in milliseconds. */
const LEVEL_MS = 50;

/** The session that a player reads from, while there is one: its own, since it ends what the player asked for. */
export interface PlayerSession {
  readonly established: Getter<Established | undefined>;
}

/** What a player is told of the world around it. */
export interface PlayerOptions {
  /** What is known of the link that brings the broadcast; null where nothing is. */
  readonly link: Readable<ConnectionFacts | null>;
  /** Nothing with more lines is read; null is no limit. */
  readonly maxLines?: Readable<number | null>;
  /** Each time that another rendition is read. */
  readonly onSwitch?: (decision: RenditionDecision) => void;
  /** Hears of the end. */
  readonly onClose?: () => void;
}

/**
 * Watches one path of main's Origin. It follows the broadcast as it comes and goes: each time it comes, a pipeline of
 * its own decodes and shows it, since a publisher that starts anew starts its clock anew too.
 */
export class LivePlayer implements Player {
  readonly #broadcast: Broadcast;
  readonly #effect = new Effect();
  readonly #state = new Store<PlayerState>(NO_BROADCAST);
  readonly #level = new Store(0);
  readonly #pictures = new Set<PictureStream>();
  readonly #settings;
  /** Counted up to build the pipeline anew, after it stood still. */
  readonly #attempt = new Signal(0);
  #pipeline: PlayerPipeline | undefined;

  /** `path` is a ticket in its normal form, or where a call's broadcast is. */
  constructor(session: PlayerSession, path: string, { link, maxLines, onSwitch, onClose }: PlayerOptions) {
    if (onClose) this.#effect.cleanup(onClose);
    this.#settings = {
      canvas: new Signal<HTMLCanvasElement | undefined>(undefined),
      latency: new Signal<'real-time' | number>('real-time'),
      volume: new Signal(1),
      muted: new Signal(false),
      mode: new Signal<string>(AUTO),
      view: new Signal<PlayerView | undefined>(undefined),
      pictures: this.#pictures,
      link,
      maxLines: maxLines ?? new Store(null),
      onSwitch: onSwitch ?? (() => undefined),
    } satisfies PlayerSettings;
    this.#broadcast = new Broadcast({
      connection: session.established,
      name: Path.from(path),
      enabled: true,
      reload: true,
    });
    this.#effect.run((effect) => this.#follow(effect));
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

  setRendition(rendition: string): void {
    this.#settings.mode.set(rendition);
    this.#refresh();
  }

  setView(view: PlayerView): void {
    const before = this.#settings.view.peek();
    const { widthPx, heightPx, visible } = view;
    if (before?.widthPx === widthPx && before.heightPx === heightPx && before.visible === visible) return;
    this.#settings.view.set({ widthPx, heightPx, visible });
  }

  videoStream(): { stream: MediaStream; close(): void } | null {
    if (!PictureStream.supported) return null;
    const picture = new PictureStream();
    this.#pictures.add(picture);
    return {
      stream: picture.stream,
      close: () => {
        this.#pictures.delete(picture);
        picture.close();
      },
    };
  }

  async close(): Promise<void> {
    for (const picture of this.#pictures) picture.close();
    this.#pictures.clear();
    this.#effect.close();
    this.#broadcast.close();
  }

  #follow(effect: Effect): void {
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
