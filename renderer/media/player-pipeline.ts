import type { Time } from '@moq/net';
import { Effect, Signal } from '@moq/signals';
import { Audio, type Broadcast, Video } from '@moq/watch';
import { delayOf } from './clock-section.ts';
import { ArrivalSync, JitterTarget, MIN_BUFFER_MS } from './jitter.ts';
import type { PictureStream } from './picture-stream.ts';
import { PlayerSound } from './player-sound.ts';
import { FrameRate, SkewMeter } from './player-stats.ts';
import type { MediaSession } from './session.ts';
import { StuckWatch } from './stuck-watch.ts';
import type { PlayerState } from './types.ts';

/** What the person sets; shared by all pipelines of one player. */
export interface PlayerSettings {
  readonly canvas: Signal<HTMLCanvasElement | undefined>;
  readonly latency: Signal<'real-time' | number>;
  readonly volume: Signal<number>;
  readonly muted: Signal<boolean>;
  /** Where the picture goes beside the canvas. */
  readonly pictures: ReadonlySet<PictureStream>;
}

export interface PipelineOwner {
  /** Something worth showing at once changed. */
  changed(): void;
  /** Frames arrive but none is shown: the pipeline is to be built anew. */
  stuck(): void;
}

/** Decodes and shows one appearance of a broadcast. */
export class PlayerPipeline {
  readonly #broadcast: Broadcast;
  readonly #sync: ArrivalSync;
  readonly #jitter = new JitterTarget();
  readonly #latency: Signal<Time.Milli>;
  readonly #videoSource: Video.Source;
  readonly #audioSource: Audio.Source;
  readonly #decoder: Video.Decoder;
  readonly #audioDecoder: Audio.Decoder;
  readonly #renderer: Video.Renderer;
  readonly #sound: PlayerSound;
  readonly #effect = new Effect();
  readonly #rate = new FrameRate();
  readonly #skew = new SkewMeter();
  #shown = false;

  constructor(broadcast: Broadcast, session: MediaSession, settings: PlayerSettings, owner: PipelineOwner) {
    this.#broadcast = broadcast;
    this.#videoSource = new Video.Source({ broadcast, supported: Video.Decoder.supported });
    this.#audioSource = new Audio.Source({ broadcast, supported: Audio.Decoder.supported });
    this.#latency = new Signal(this.#jitter.targetMs as Time.Milli);
    this.#sync = new ArrivalSync({
      latency: this.#latency,
      connection: session.established,
      video: this.#videoSource.out.jitter,
      audio: this.#audioSource.out.jitter,
    });
    this.#decoder = new Video.Decoder(this.#videoSource, this.#sync, { enabled: true });
    this.#audioDecoder = new Audio.Decoder(this.#audioSource, this.#sync, { enabled: true });
    // A hidden window still plays: its sound is heard, and picture-in-picture shows its canvas.
    this.#renderer = new Video.Renderer(this.#decoder, { canvas: settings.canvas, visible: 'always' });
    this.#sound = new PlayerSound(this.#audioDecoder, settings, () => owner.changed());
    this.#follow(settings.latency);
    this.#watch(owner);
    this.#effect.subscribe(this.#decoder.out.frame, (frame) => {
      if (frame) for (const picture of settings.pictures) picture.show(frame);
    });
  }

  /** Level of what is heard, 0..1. */
  level(): number {
    return this.#sound.level();
  }

  read(): PlayerState {
    const catalog = this.#broadcast.out.catalog.peek();
    const hasVideo = Object.keys(catalog?.video?.renditions ?? {}).length > 0;
    const hasAudio = Object.keys(catalog?.audio?.renditions ?? {}).length > 0;
    const config = hasVideo ? this.#videoSource.out.config.peek() : undefined;
    const frame = hasVideo ? this.#decoder.out.frame.peek() : undefined;
    return {
      phase: this.#shown || (catalog && !hasVideo) ? 'playing' : 'loading',
      hasVideo,
      hasAudio,
      soundBlocked: hasAudio && this.#sound.blocked,
      pictureOff: catalog !== undefined && !hasVideo,
      rendition: (hasVideo && this.#videoSource.out.track.peek()) || null,
      codec: config?.codec ?? null,
      width: frame?.displayWidth ?? 0,
      height: frame?.displayHeight ?? 0,
      framesPerSecond: hasVideo ? this.#rate.read() : 0,
      bufferMs: Math.round(this.#sync.out.buffer.peek()),
      framesDropped: hasVideo ? this.#dropped() : 0,
      delayMs: hasVideo && this.#shown ? this.#delay() : null,
      skewMs: hasVideo && hasAudio ? this.#skew.read() : null,
      problem: this.#problem(),
    };
  }

  close(): void {
    this.#effect.close();
    this.#sound.close();
    this.#renderer.close();
    this.#decoder.close();
    this.#audioDecoder.close();
    this.#videoSource.close();
    this.#audioSource.close();
    this.#sync.close();
  }

  /** A fixed latency as it is wished for; in real time, what arrivals show to be needed. */
  #follow(wish: PlayerSettings['latency']): void {
    const apply = () => {
      const fixed = wish.peek();
      if (fixed !== 'real-time') return this.#latency.set(fixed as Time.Milli);
      // The pace at which renditions declare to send is held back in any case.
      const declared = Math.max(
        this.#videoSource.out.jitter.peek() ?? 0,
        this.#audioSource.out.jitter.peek() ?? 0,
      );
      this.#latency.set(Math.max(MIN_BUFFER_MS, this.#jitter.targetMs - declared) as Time.Milli);
    };
    this.#effect.subscribe(wish, apply);
    this.#sync.onArrival = (mediaMs) => {
      if (this.#jitter.arrived(mediaMs, performance.now())) apply();
    };
  }

  #watch(owner: PipelineOwner): void {
    // The decoder's word, not the renderer's: a hidden window draws nothing, and yet nothing is stuck.
    this.#effect.subscribe(this.#decoder.out.timestamp, (timestampMs) => {
      if (timestampMs === undefined) return;
      this.#rate.count();
      this.#skew.picture(timestampMs);
      if (this.#shown) return;
      this.#shown = true;
      owner.changed();
    });
    this.#effect.subscribe(this.#audioDecoder.out.timestamp, (timestampMs) => {
      if (timestampMs !== undefined) this.#skew.sound(timestampMs - this.#sound.outputLatencyMs);
    });
    this.#effect.subscribe(this.#broadcast.out.catalog, () => owner.changed());
    const stuck = new StuckWatch(
      () => this.#decoder.out.stats.peek()?.frameCount ?? 0,
      () => this.#rate.total,
      () => owner.stuck(),
    );
    this.#effect.cleanup(() => stuck.close());
  }

  /** What arrived and was not shown, less what waits in the buffer for its time. */
  #dropped(): number {
    const arrived = this.#decoder.out.stats.peek()?.frameCount ?? 0;
    const waiting = Math.ceil((this.#sync.out.buffer.peek() / 1000) * this.#rate.read()) + 1;
    return Math.max(0, arrived - this.#rate.total - waiting);
  }

  #delay(): number | null {
    const timestampMs = this.#decoder.out.timestamp.peek();
    if (timestampMs === undefined) return null;
    return delayOf(this.#broadcast.out.catalog.peek(), timestampMs, Date.now());
  }

  #problem(): string | null {
    if (this.#videoSource.out.error.peek() !== 'unsupported') return null;
    return 'The picture comes in a form that cannot be decoded here. You can still hear the sound.';
  }
}
