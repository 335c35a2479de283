import { Effect, type Getter } from '@moq/signals';
import { meterLevel } from '../shared/level-meter.ts';
import { SlidingMinimum } from './player-stats.ts';

/** Duration of the fade when the volume changes, in seconds. The fade avoids a click. */
const FADE_S = 0.03;
/**
 * How long a context can be suspended before it counts as blocked, in milliseconds. Even a permitted context
 * takes some time to start.
 */
const BLOCKED_AFTER_MS = 400;
/**
 * Number of samples from which the level is computed. At 48 kHz, the samples last 43 ms, which is enough for
 * a meter that is updated 20 times a second.
 */
const ANALYSER_SAMPLES = 2048;

/**
 * Largest plausible output latency, in milliseconds. The slowest wireless speakers have this latency, but a
 * busy machine might report a higher value.
 */
const MAX_OUTPUT_LATENCY_MS = 400;

/**
 * Time window for the minimum latency, in milliseconds: longer than a machine is usually busy without a
 * break, and shorter than the time between two changes of speakers.
 */
const OUTPUT_WINDOW_MS = 10_000;

/** Volume settings for a player. */
export interface AudioSettings {
  /** The volume, from 0 to 1. */
  readonly volume: Getter<number>;
  readonly muted: Getter<boolean>;
}

/** The Web Audio objects that play the audio; undefined until they are created. */
export interface AudioGraph {
  readonly context: Getter<AudioContext | undefined>;
  readonly root: Getter<AudioNode | undefined>;
}

/**
 * Connects the audio node to the speakers, with a volume control and a level meter. Muted audio still plays silently,
 * so that it stays in sync with the video.
 */
export class PlayerAudio {
  readonly #effect = new Effect();
  readonly #samples = new Float32Array(ANALYSER_SAMPLES);
  #analyser: AnalyserNode | undefined;
  #context: AudioContext | undefined;
  readonly #outputLatency = new SlidingMinimum(OUTPUT_WINDOW_MS);
  #blocked = false;

  /** @param onChange runs when `blocked` changes */
  constructor(graph: AudioGraph, settings: AudioSettings, onChange: () => void) {
    this.#effect.run((effect) => {
      const context = effect.get(graph.context);
      if (!context) return;
      this.#context = context;
      effect.cleanup(() => {
        this.#context = undefined;
      });
      this.#watchBlocked(effect, context, onChange);
    });
    this.#effect.run((effect) => {
      const root = effect.get(graph.root);
      if (root) this.#connect(effect, root, settings);
    });
  }

  /** Whether the browser blocks audio until a click or key press. */
  get blocked(): boolean {
    return this.#blocked;
  }

  /**
   * Latency from the audio node to the speakers, in milliseconds: the recent minimum, because a busy machine
   * adds latency for a moment.
   */
  get outputLatencyMs(): number {
    const latencyMs = this.#outputLatency.add((this.#context?.outputLatency ?? 0) * 1000, performance.now());
    return latencyMs <= MAX_OUTPUT_LATENCY_MS ? latencyMs : 0;
  }

  /** Current level for a meter, 0..1. */
  level(): number {
    if (!this.#analyser || this.#context?.state !== 'running') return 0;
    this.#analyser.getFloatTimeDomainData(this.#samples);
    let sum = 0;
    for (const sample of this.#samples) sum += sample * sample;
    return meterLevel(Math.sqrt(sum / this.#samples.length));
  }

  close(): void {
    this.#effect.close();
  }

  #connect(effect: Effect, root: AudioNode, settings: AudioSettings): void {
    const { context } = root;
    const gain = new GainNode(context, { gain: 0 });
    const analyser = new AnalyserNode(context, { fftSize: ANALYSER_SAMPLES });
    root.connect(gain).connect(analyser).connect(context.destination);
    this.#analyser = analyser;
    effect.cleanup(() => {
      this.#analyser = undefined;
      gain.disconnect();
      analyser.disconnect();
    });
    effect.run((inner) => {
      const target = inner.get(settings.muted) ? 0 : inner.get(settings.volume);
      gain.gain.setTargetAtTime(target, context.currentTime, FADE_S);
    });
  }

  #watchBlocked(effect: Effect, context: AudioContext, onChange: () => void): void {
    const update = () => {
      const blocked = context.state !== 'running' && context.state !== 'closed';
      if (blocked === this.#blocked) return;
      this.#blocked = blocked;
      onChange();
    };
    effect.event(context, 'statechange', update);
    effect.timer(update, BLOCKED_AFTER_MS);
    effect.cleanup(() => {
      this.#blocked = false;
    });
  }
}
