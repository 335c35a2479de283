import { Effect, type Getter, Signal } from '@moq/signals';
import { SoundNode, type SoundPosition } from './audio-node.ts';
import { PositionMeter } from './player-stats.ts';

/** What is played. */
export interface SoundForm {
  readonly sampleRateHz: number;
  readonly channels: number;
}

/**
 * The audio context and the node that samples are played by. It is made before the first samples come, at the rate that
 * the catalog names, since a context takes a while to start; where the decoder gives another rate it is made anew.
 */
export class SoundOutput {
  readonly #context = new Signal<AudioContext | undefined>(undefined);
  readonly #root = new Signal<AudioNode | undefined>(undefined);
  readonly #decodedHz = new Signal<number | undefined>(undefined);
  readonly #targetMs: Getter<number>;
  readonly #position = new PositionMeter();
  readonly #effect = new Effect();
  #node: SoundNode | undefined;
  #last: SoundPosition | undefined;

  /** `targetMs`: how much is to wait when the next packet comes. */
  constructor(form: Getter<SoundForm | undefined>, targetMs: Getter<number>) {
    this.#targetMs = targetMs;
    this.#effect.run((effect) => {
      const wanted = effect.get(form);
      if (wanted) this.#open(effect, wanted.channels, effect.get(this.#decodedHz) ?? wanted.sampleRateHz);
    });
  }

  /** The context, which the browser may hold back until a click or a key. */
  get context(): Getter<AudioContext | undefined> {
    return this.#context;
  }

  /** What is to be heard comes out of this. */
  get root(): Getter<AudioNode | undefined> {
    return this.#root;
  }

  /** The clock minus the media time of what leaves for the speakers, in milliseconds; undefined while nothing does. */
  get ageMs(): number | undefined {
    return this.#position.ageMs();
  }

  /** What waits to be played, in milliseconds. */
  get levelMs(): number {
    return this.#last?.levelMs ?? 0;
  }

  /** Plays decoded samples, and closes them. What nobody can hear yet is left out. */
  play(data: AudioData): void {
    const context = this.#context.peek();
    if (data.sampleRate !== context?.sampleRate) this.#decodedHz.set(data.sampleRate);
    else if (this.#node && context.state === 'running') {
      this.#node.play(
        data.timestamp,
        Array.from(
          { length: Math.min(data.numberOfChannels, this.#node.node.channelCount) },
          (_, planeIndex) => {
            const plane = new Float32Array(data.numberOfFrames);
            data.copyTo(plane, { planeIndex, format: 'f32-planar' });
            return plane;
          },
        ),
      );
    }
    data.close();
  }

  close(): void {
    this.#effect.close();
  }

  #open(effect: Effect, channels: number, sampleRate: number): void {
    const context = new AudioContext({ latencyHint: 'interactive', sampleRate });
    effect.set(this.#context, context);
    effect.cleanup(() => {
      // A context that the browser closed itself rejects.
      context.close().catch(() => undefined);
    });
    resumeOnGesture(effect, context);
    effect.spawn(async () => {
      // Without it there is no sound; where the page ended meanwhile, nobody misses it.
      const loading = SoundNode.load(context).then(
        () => true,
        (error: unknown) => {
          if (!effect.abort.aborted) reportError(error);
          return false;
        },
      );
      const loaded = await Promise.race([loading, effect.cancel]);
      if (!loaded || effect.abort.aborted) return;
      const node = new SoundNode(context, channels, (position) => this.#told(position));
      this.#node = node;
      effect.subscribe(this.#targetMs, (targetMs) => {
        node.targetMs = targetMs;
      });
      effect.set(this.#root, node.node);
      effect.cleanup(() => {
        this.#node = undefined;
        this.#last = undefined;
        node.close();
      });
    });
  }

  #told(position: SoundPosition): void {
    this.#last = position;
    if (!position.playing) return;
    const sinceMs = Math.max(0, Date.now() - position.atEpochMs);
    this.#position.at(position.positionUs / 1000 + sinceMs);
  }
}

/** Browsers let sound out once it is asked for with a click or a key; some do so before, and some ask again later. */
function resumeOnGesture(effect: Effect, context: AudioContext): void {
  const resume = () => {
    // Held back still: the next gesture asks again.
    if (context.state !== 'running' && context.state !== 'closed') context.resume().catch(() => undefined);
  };
  resume();
  effect.event(document, 'pointerdown', resume);
  effect.event(document, 'keydown', resume);
}
