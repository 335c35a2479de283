import { Effect, type Getter, Signal } from '@moq/signals';
import { hasUserGesture } from '../shared/user-gesture.ts';
import { ElasticAudioNode, type PlaybackPosition } from './elastic-audio-node.ts';
import { PositionMeter } from './player-stats.ts';
import { Resampler } from './resampler.ts';

/** Format of decoded audio. */
export interface AudioFormat {
  readonly sampleRateHz: number;
  readonly channels: number;
}

/**
 * Owns the audio context and the node that plays samples. The context starts slowly, so it is created early,
 * at the catalog's sample rate. If the decoder's rate differs, the context is recreated; if the browser's
 * rate differs, the samples are resampled.
 */
export class AudioOutput {
  readonly #context = new Signal<AudioContext | undefined>(undefined);
  readonly #root = new Signal<AudioNode | undefined>(undefined);
  readonly #decodedHz = new Signal<number | undefined>(undefined);
  readonly #targetMs: Getter<number>;
  readonly #needsGesture: boolean;
  readonly #position = new PositionMeter();
  readonly #effect = new Effect();
  #node: ElasticAudioNode | undefined;
  /** Sample rate that was requested for the context. The browser may use the hardware's rate instead. */
  #requestedHz: number | undefined;
  #resampler: Resampler | undefined;
  #lastPosition: PlaybackPosition | undefined;

  /**
   * @param targetMs amount of audio that should still be buffered when the next packet arrives, in
   * milliseconds
   * @param needsGesture whether audio waits for a click or key press even if the browser would allow it
   * earlier
   */
  constructor(format: Getter<AudioFormat | undefined>, targetMs: Getter<number>, needsGesture = false) {
    this.#targetMs = targetMs;
    this.#needsGesture = needsGesture;
    this.#effect.run((effect) => {
      const current = effect.get(format);
      if (!current) return;
      this.#open(effect, current.channels, effect.get(this.#decodedHz) ?? current.sampleRateHz);
    });
  }

  /** The context. The browser may keep it suspended until a click or key press. */
  get context(): Getter<AudioContext | undefined> {
    return this.#context;
  }

  /** The node that outputs the audio; undefined until it is loaded. */
  get root(): Getter<AudioNode | undefined> {
    return this.#root;
  }

  /**
   * Age of the audio that is being sent to the speakers (clock minus media time), in milliseconds. Undefined
   * while silent.
   */
  get ageMs(): number | undefined {
    return this.#position.ageMs();
  }

  /** Duration of the buffered audio in milliseconds. */
  get levelMs(): number {
    return this.#lastPosition?.levelMs ?? 0;
  }

  /**
   * Plays decoded samples and closes them. Samples that cannot be heard yet are dropped.
   *
   * @param mediaUs media time of the first sample, in microseconds
   */
  play(data: AudioData, mediaUs: number): void {
    const context = this.#context.peek();
    if (data.sampleRate !== this.#requestedHz) this.#decodedHz.set(data.sampleRate);
    else if (context?.state === 'running')
      this.#node?.play(...this.#prepare(data, mediaUs, context.sampleRate));
    data.close();
  }

  close(): void {
    this.#effect.close();
  }

  /**
   * Converts the samples to the context's rate. Returns them with the media time of the first one, in
   * microseconds.
   */
  #prepare(data: AudioData, mediaUs: number, outHz: number): [number, readonly Float32Array<ArrayBuffer>[]] {
    const channels = Math.min(data.numberOfChannels, this.#node?.node.channelCount ?? 0);
    const planes = Array.from({ length: channels }, (_, planeIndex) => {
      const plane = new Float32Array(data.numberOfFrames);
      data.copyTo(plane, { planeIndex, format: 'f32-planar' });
      return plane;
    });
    if (data.sampleRate === outHz) return [mediaUs, planes];
    if (this.#resampler?.inHz !== data.sampleRate || this.#resampler.outHz !== outHz) {
      this.#resampler = new Resampler(data.sampleRate, outHz);
    }
    const { startUs, planes: resampled } = this.#resampler.convert(mediaUs, planes);
    return [startUs, resampled];
  }

  #open(effect: Effect, channels: number, sampleRate: number): void {
    const context = openContext(sampleRate);
    this.#requestedHz = sampleRate;
    effect.set(this.#context, context);
    effect.cleanup(() => {
      // close() rejects if the browser has already closed the context.
      context.close().catch(() => undefined);
    });
    if (this.#needsGesture && !hasUserGesture()) {
      // suspend() rejects if the context has been closed in the meantime.
      context.suspend().catch(() => undefined);
    } else resume(context);
    resumeOnGesture(effect, context);
    effect.spawn(async () => {
      // Without the audio processor's script, there is no audio. The failure is reported unless the page
      // closed while the script was loading.
      const loading = ElasticAudioNode.load(context).then(
        () => true,
        (error: unknown) => {
          if (!effect.abort.aborted) reportError(error);
          return false;
        },
      );
      const loaded = await Promise.race([loading, effect.cancel]);
      if (!loaded || effect.abort.aborted) return;
      const node = new ElasticAudioNode(context, channels, (position) => this.#updatePosition(position));
      this.#node = node;
      effect.subscribe(this.#targetMs, (targetMs) => {
        node.targetMs = targetMs;
      });
      effect.set(this.#root, node.node);
      effect.cleanup(() => {
        this.#node = undefined;
        this.#lastPosition = undefined;
        node.close();
      });
    });
  }

  #updatePosition(position: PlaybackPosition): void {
    this.#lastPosition = position;
    if (!position.playing) return;
    const sinceMs = Math.max(0, Date.now() - position.atEpochMs);
    this.#position.update(position.positionUs / 1000 + sinceMs);
  }
}

/**
 * Opens a context at this sample rate. If the browser does not support the rate, uses the hardware's rate
 * instead.
 */
function openContext(sampleRate: number): AudioContext {
  try {
    return new AudioContext({ latencyHint: 'interactive', sampleRate });
  } catch {
    return new AudioContext({ latencyHint: 'interactive' });
  }
}

/**
 * Events that can unlock audio. A touch unlocks it only when it ends as a tap (HTML, section 6.4.2), because
 * `pointerdown` may start a scroll. WebKit accepts only touch and mouse events for clicks and taps.
 */
const GESTURES = ['pointerdown', 'pointerup', 'touchend', 'mousedown', 'click', 'keydown'] as const;

/**
 * Resumes the context on every gesture, because most browsers require one before audio starts, and some
 * suspend the context again.
 */
function resumeOnGesture(effect: Effect, context: AudioContext): void {
  for (const gesture of GESTURES) effect.event(document, gesture, () => resume(context));
}

function resume(context: AudioContext): void {
  // resume() rejects if the context stays suspended. The next gesture tries again.
  if (context.state !== 'running' && context.state !== 'closed') context.resume().catch(() => undefined);
}
