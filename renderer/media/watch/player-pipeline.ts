import { Effect, type Signal } from '@moq/signals';
import type { Broadcast } from '@moq/watch';
import { captureDelayMs } from '../shared/clock-section.ts';
import type { PlayerState } from '../shared/player-types.ts';
import { AudioPlayback, type AudioPlaybackSettings } from './audio-playback.ts';
import { canDecodeAnyAudio } from './audio-track-decoder.ts';
import { DecoderWatchdog } from './decoder-watchdog.ts';
import { observeLoopLag } from './loop-lag.ts';
import { skewOf } from './player-stats.ts';
import { MAX_LAG_MS } from './playout.ts';
import { type DriverSettings, RenditionDriver } from './rendition-driver.ts';
import { VideoPlayback, type VideoPlaybackSettings } from './video-playback.ts';

/** Settings and other inputs that all pipelines of one player share. */
export interface PlayerSettings extends VideoPlaybackSettings, AudioPlaybackSettings, DriverSettings {
  readonly latency: Signal<'real-time' | number>;
  readonly videoStreams: VideoPlaybackSettings['videoStreams'];
}

/** Callbacks for a `PlayerPipeline`. */
export interface PipelineOwner {
  /** Runs after a state change that the views should show immediately. */
  changed(): void;
  /** Runs when a decoder accepts frames but outputs none. The owner must rebuild the pipeline. */
  stuck(): void;
}

/** Interval between lip-sync updates, in milliseconds. An update takes this long to become audible. */
const LIP_SYNC_MS = 500;

/** Plays a broadcast until it disappears. */
export class PlayerPipeline {
  readonly #broadcast: Broadcast;
  readonly #video: VideoPlayback;
  readonly #audio: AudioPlayback;
  readonly #driver: RenditionDriver;
  readonly #effect = new Effect();
  #hadVideo = false;

  constructor(broadcast: Broadcast, settings: PlayerSettings, owner: PipelineOwner) {
    this.#broadcast = broadcast;
    this.#video = new VideoPlayback(broadcast, settings, {
      first: () => owner.changed(),
      offered: () => this.#driver.offersChanged(),
      switched: () => owner.changed(),
      arrived: (arrival) => this.#driver.frameArrived(arrival),
    });
    this.#driver = new RenditionDriver(this.#video, settings, () => owner.changed());
    this.#audio = new AudioPlayback(broadcast, settings, {
      changed: () => owner.changed(),
      arrived: (mediaMs, bytes) => this.#driver.audioArrived(mediaMs, bytes),
    });
    this.#effect.subscribe(broadcast.out.catalog, () => owner.changed());
    this.#effect.interval(() => this.#syncLips(), LIP_SYNC_MS);
    this.#effect.cleanup(
      observeLoopLag((lagMs, nowMs) => {
        this.#driver.addLag(lagMs, nowMs);
        this.#video.clock.addLag(lagMs, nowMs);
      }),
    );
    const watchdog = new DecoderWatchdog(
      () => this.#video.decodeCounts.fed,
      () => this.#video.decodeCounts.decoded,
      () => owner.stuck(),
    );
    this.#effect.cleanup(() => watchdog.close());
  }

  /** Level of the audio that is being played, 0..1. */
  level(): number {
    return this.#audio.level();
  }

  /** The current state. */
  read(): PlayerState {
    const video = this.#video;
    const catalog = this.#broadcast.out.catalog.peek();
    const hasVideo = Object.keys(catalog?.video?.renditions ?? {}).length > 0;
    const hasAudio = Object.keys(catalog?.audio?.renditions ?? {}).length > 0;
    this.#hadVideo ||= hasVideo;
    const active = hasVideo ? video.active : undefined;
    const shown = video.rate.total > 0;
    const { preferredRendition, renditions, estimateBps, decisions, note } = this.#driver.read();
    return {
      // While the view is hidden, playback does not wait for video. A missing catalog means that the
      // connection to the publisher was lost.
      phase: catalog && (shown || !hasVideo || !this.#driver.wantsVideo) ? 'playing' : 'loading',
      hasVideo,
      hasAudio,
      audioBlocked: hasAudio && this.#audio.blocked,
      videoOff: catalog !== undefined && !hasVideo,
      audioOnly: catalog !== undefined && !this.#hadVideo,
      rendition: active?.name ?? null,
      renditions,
      preferredRendition,
      estimateBps,
      decisions,
      note,
      codec: active?.config.codec ?? null,
      width: active ? video.size.width : 0,
      height: active ? video.size.height : 0,
      framesPerSecond: hasVideo ? video.rate.read() : 0,
      bufferMs: Math.round(hasVideo ? video.clock.bufferMs : this.#audio.bufferMs),
      framesDropped: hasVideo ? video.dropped : 0,
      delayMs: active && shown ? this.#captureDelayMs() : null,
      skewMs: active && hasAudio ? skewOf(video.shownAgeMs, this.#audio.ageMs) : null,
      problem: video.unsupported
        ? 'This device cannot decode this video format. You can still hear the sound.'
        : null,
      audioProblem: hasAudio && this.#audio.unsupported ? audioProblem() : null,
    };
  }

  close(): void {
    this.#effect.close();
    this.#driver.close();
    this.#audio.close();
    this.#video.close();
  }

  /** Keeps the skew between video and audio too small to notice. */
  #syncLips(): void {
    const { ageMs: audioAgeMs } = this.#audio;
    const { clock } = this.#video;
    clock.audioAgeMs = audioAgeMs;
    if (audioAgeMs === undefined || clock.ageMs === undefined || !this.#video.active) return;
    this.#audio.requestDelay(clock.ageMs - audioAgeMs - MAX_LAG_MS);
  }

  #captureDelayMs(): number | null {
    const { shownMs } = this.#video;
    return shownMs === undefined
      ? null
      : captureDelayMs(this.#broadcast.out.catalog.peek(), shownMs, Date.now());
  }
}

function audioProblem(): string {
  return canDecodeAnyAudio()
    ? 'This device cannot play this broadcast’s sound.'
    : 'This browser cannot play live sound. Update it, or watch in Chrome, Edge, Firefox, Safari 26 or the app.';
}
