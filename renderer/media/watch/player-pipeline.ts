import { Effect, type Signal } from '@moq/signals';
import type { Broadcast } from '@moq/watch';
import { delayOf } from '../shared/clock-section.ts';
import type { PlayerState } from '../shared/types.ts';
import { type DriverSettings, RenditionDriver } from './rendition-driver.ts';
import { SoundLine, type SoundLineSettings } from './audio-playback.ts';
import { watchLoopLag } from './loop-lag.ts';
import { skewOf } from './player-stats.ts';
import { MAX_LAG_MS } from './playout.ts';
import { StuckWatch } from './decoder-watchdog.ts';
import { Picture, type PictureSettings } from './video-playback.ts';

/** What the person sets; shared by all pipelines of one player. */
export interface PlayerSettings extends PictureSettings, SoundLineSettings, DriverSettings {
  readonly latency: Signal<'real-time' | number>;
  readonly pictures: PictureSettings['pictures'];
}

export interface PipelineOwner {
  /** Something worth showing at once changed. */
  changed(): void;
  /** A decoder takes frames and gives none: the pipeline is to be built anew. */
  stuck(): void;
}

/** How often picture and sound are brought together, in milliseconds: a change takes this long to be heard. */
const LIP_SYNC_MS = 500;

/** Decodes and shows one appearance of a broadcast. */
export class PlayerPipeline {
  readonly #broadcast: Broadcast;
  readonly #picture: Picture;
  readonly #sound: SoundLine;
  readonly #driver: RenditionDriver;
  readonly #effect = new Effect();

  constructor(broadcast: Broadcast, settings: PlayerSettings, owner: PipelineOwner) {
    this.#broadcast = broadcast;
    this.#picture = new Picture(broadcast, settings, {
      first: () => owner.changed(),
      offered: () => this.#driver.offered(),
      switched: () => owner.changed(),
      arrived: (arrival) => this.#driver.frameArrived(arrival),
    });
    this.#driver = new RenditionDriver(this.#picture, settings, () => owner.changed());
    this.#sound = new SoundLine(broadcast, settings, {
      changed: () => owner.changed(),
      arrived: (mediaMs, bytes) => this.#driver.soundArrived(mediaMs, bytes),
    });
    this.#effect.subscribe(broadcast.out.catalog, () => owner.changed());
    this.#effect.interval(() => this.#bringTogether(), LIP_SYNC_MS);
    this.#effect.cleanup(
      watchLoopLag((lagMs, nowMs) => {
        this.#driver.lagged(lagMs, nowMs);
        this.#picture.clock.lagged(lagMs, nowMs);
      }),
    );
    const stuck = new StuckWatch(
      () => this.#picture.decoding.fed,
      () => this.#picture.decoding.decoded,
      () => owner.stuck(),
    );
    this.#effect.cleanup(() => stuck.close());
  }

  /** Level of what is heard, 0..1. */
  level(): number {
    return this.#sound.level();
  }

  read(): PlayerState {
    const picture = this.#picture;
    const catalog = this.#broadcast.out.catalog.peek();
    const hasVideo = Object.keys(catalog?.video?.renditions ?? {}).length > 0;
    const hasAudio = Object.keys(catalog?.audio?.renditions ?? {}).length > 0;
    const active = hasVideo ? picture.active : undefined;
    const shown = picture.rate.total > 0;
    const { mode, renditions, estimateBps, decisions, note } = this.#driver.read();
    return {
      // Whoever does not look is not kept waiting for a picture.
      phase: shown || (catalog && (!hasVideo || !this.#driver.wantsPicture)) ? 'playing' : 'loading',
      hasVideo,
      hasAudio,
      audioBlocked: hasAudio && this.#sound.blocked,
      videoOff: catalog !== undefined && !hasVideo,
      rendition: active?.name ?? null,
      renditions,
      mode,
      estimateBps,
      decisions,
      note,
      codec: active?.config.codec ?? null,
      width: active ? picture.size.width : 0,
      height: active ? picture.size.height : 0,
      framesPerSecond: hasVideo ? picture.rate.read() : 0,
      bufferMs: Math.round(hasVideo ? picture.clock.bufferMs : this.#sound.bufferMs),
      framesDropped: hasVideo ? picture.dropped : 0,
      delayMs: active && shown ? this.#delay() : null,
      skewMs: active && hasAudio ? skewOf(picture.shownAgeMs, this.#sound.ageMs) : null,
      problem: picture.unsupported
        ? 'The picture comes in a form that cannot be decoded here. You can still hear the sound.'
        : null,
    };
  }

  close(): void {
    this.#effect.close();
    this.#driver.close();
    this.#sound.close();
    this.#picture.close();
  }

  /** The picture is not shown long before its sound is heard, nor the sound played long before its picture. */
  #bringTogether(): void {
    const { ageMs: soundAgeMs } = this.#sound;
    const { clock } = this.#picture;
    clock.soundAgeMs = soundAgeMs;
    if (soundAgeMs === undefined || clock.ageMs === undefined || !this.#picture.active) return;
    this.#sound.waitFor(clock.ageMs - soundAgeMs - MAX_LAG_MS);
  }

  #delay(): number | null {
    const { shownMs } = this.#picture;
    return shownMs === undefined ? null : delayOf(this.#broadcast.out.catalog.peek(), shownMs, Date.now());
  }
}
