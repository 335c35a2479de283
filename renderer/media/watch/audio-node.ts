import { defineElasticSound, type ElasticSound } from './elastic-audio.ts';

/** What the window tells the node. */
type Order =
  | { kind: 'samples'; startUs: number; planes: readonly Float32Array[] }
  | { kind: 'target'; targetMs: number };

/** What the node tells the window, some 20 times a second. */
export interface SoundPosition {
  /** Media time of what goes to the speakers next, in microseconds. */
  positionUs: number;
  /** When this was so, on the wall clock, in milliseconds: a busy window hears of it later. */
  atEpochMs: number;
  playing: boolean;
  /** What waits to be played. */
  levelMs: number;
  /** What was made up because it was missing, so far. */
  filledMs: number;
}

/** Of the audio thread, which the DOM's types leave out. */
declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}
declare const sampleRate: number;
declare function registerProcessor(name: string, processor: typeof AudioWorkletProcessor): void;

const NAME = 'elastic-sound';

/** The text of this runs in the audio thread, with what it is given and nothing else of this file. */
function register(name: string, Elastic: ReturnType<typeof defineElasticSound>): void {
  /** About 50 ms of 128 samples each at 48 kHz. */
  const TELL_EVERY_BLOCKS = 20;

  class Processor extends AudioWorkletProcessor {
    readonly #sound: ElasticSound;
    #blocks = 0;

    constructor({ processorOptions }: { processorOptions: { channels: number } }) {
      super();
      this.#sound = new Elastic(sampleRate, processorOptions.channels);
      this.port.onmessage = ({ data }: MessageEvent<Order>) => {
        if (data.kind === 'samples') this.#sound.write(data.startUs, data.planes);
        else this.#sound.targetMs = data.targetMs;
      };
    }

    process(_inputs: unknown, [output]: readonly Float32Array[][]): boolean {
      if (output) this.#sound.read(output);
      this.#blocks += 1;
      if (this.#blocks % TELL_EVERY_BLOCKS === 0) this.#tell();
      return true;
    }

    #tell(): void {
      const { positionUs, playing, levelMs, filledMs } = this.#sound;
      const told: SoundPosition = { positionUs, playing, levelMs, filledMs, atEpochMs: Date.now() };
      this.port.postMessage(told);
    }
  }
  registerProcessor(name, Processor as unknown as typeof AudioWorkletProcessor);
}

/** The audio thread's script. */
export function soundScript(): string {
  return `(${register})(${JSON.stringify(NAME)}, (${defineElasticSound})());`;
}

/** Plays samples as evenly as they allow: an `ElasticSound` in the audio thread. */
export class SoundNode {
  readonly node: AudioWorkletNode;

  /** Loads what the audio thread needs for it. Rejects where the page may not run it, or the context is closed. */
  static async load(context: AudioContext): Promise<void> {
    const url = URL.createObjectURL(new Blob([soundScript()], { type: 'text/javascript' }));
    try {
      await context.audioWorklet.addModule(url);
    } finally {
      URL.revokeObjectURL(url);
    }
  }

  constructor(context: AudioContext, channels: number, onPosition: (position: SoundPosition) => void) {
    this.node = new AudioWorkletNode(context, NAME, {
      numberOfInputs: 0,
      outputChannelCount: [channels],
      processorOptions: { channels },
    });
    this.node.port.onmessage = ({ data }: MessageEvent<SoundPosition>) => onPosition(data);
  }

  /** How much is to wait when the next packet comes, in milliseconds. */
  set targetMs(targetMs: number) {
    this.#order({ kind: 'target', targetMs });
  }

  /** Plays samples of media time `startUs`; the arrays go over to the node. */
  play(startUs: number, planes: readonly Float32Array<ArrayBuffer>[]): void {
    this.#order(
      { kind: 'samples', startUs, planes },
      planes.map(({ buffer }) => buffer),
    );
  }

  close(): void {
    this.node.port.onmessage = null;
    this.node.port.close();
    this.node.disconnect();
  }

  #order(order: Order, transfer: Transferable[] = []): void {
    this.node.port.postMessage(order, transfer);
  }
}
