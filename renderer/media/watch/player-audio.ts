import { Effect, type Getter } from '@moq/signals';
import { meterLevel } from '../shared/level.ts';
import { LeastOf } from './player-stats.ts';

/** Changes of volume fade over this time, so that they do not click. In seconds. */
const FADE_S = 0.03;
/** A context needs a moment to start even where it may; only then it counts as held back. In milliseconds. */
const BLOCKED_AFTER_MS = 400;
/** 43 ms at 48 kHz: what a level meter of 20 looks a second needs. */
const ANALYSER_SAMPLES = 2048;

/** The slowest wireless speakers; a machine without any reports more when it is busy. In milliseconds. */
const MAX_OUTPUT_LATENCY_MS = 400;

/** A machine is seldom busy without a break for this long, in milliseconds; speakers change less often. */
const OUTPUT_WINDOW_MS = 10_000;

export interface SoundSettings {
  readonly volume: Getter<number>;
  readonly muted: Getter<boolean>;
}

/** Where the sound comes from. */
export interface SoundOrigin {
  readonly context: Getter<AudioContext | undefined>;
  readonly root: Getter<AudioNode | undefined>;
}

/**
 * From the buffer's node to the speakers. Muted sound still runs, silently, so that it stays in step with the
 * picture.
 */
export class PlayerSound {
  readonly #effect = new Effect();
  readonly #samples = new Float32Array(ANALYSER_SAMPLES);
  #analyser: AnalyserNode | undefined;
  #context: AudioContext | undefined;
  readonly #output = new LeastOf(OUTPUT_WINDOW_MS);
  #blocked = false;

  constructor(origin: SoundOrigin, settings: SoundSettings, onChange: () => void) {
    this.#effect.run((effect) => {
      const context = effect.get(origin.context);
      if (!context) return;
      this.#context = context;
      effect.cleanup(() => {
        this.#context = undefined;
      });
      this.#watchBlocked(effect, context, onChange);
    });
    this.#effect.run((effect) => {
      const root = effect.get(origin.root);
      if (root) this.#connect(effect, root, settings);
    });
  }

  /** Whether the browser waits for a click or key before it lets sound out. */
  get blocked(): boolean {
    return this.#blocked;
  }

  /** From the buffer's node to the air: the speakers' own part, without what a busy machine adds now and then. */
  get outputLatencyMs(): number {
    const latencyMs = this.#output.least((this.#context?.outputLatency ?? 0) * 1000, performance.now());
    return latencyMs <= MAX_OUTPUT_LATENCY_MS ? latencyMs : 0;
  }

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

  #connect(effect: Effect, root: AudioNode, settings: SoundSettings): void {
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
