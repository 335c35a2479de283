import { defineElasticAudio, type ElasticAudio } from './elastic-audio.ts';

/** A message from the window to the audio thread. */
type WorkletMessage =
  | { kind: 'samples'; startUs: number; planes: readonly Float32Array[] }
  | { kind: 'target'; targetMs: number };

/** A message from the audio thread to the window, sent about 20 times a second. */
export interface PlaybackPosition {
  /** Media time of the next sample to be sent to the speakers, in microseconds. */
  positionUs: number;
  /**
   * Wall-clock time of this measurement, in milliseconds since the epoch. A busy window receives the message
   * later.
   */
  atEpochMs: number;
  playing: boolean;
  /** Duration of the buffered audio, in milliseconds. */
  levelMs: number;
  /** Total duration of audio synthesized to replace missing audio, in milliseconds. */
  filledMs: number;
}

// Globals of the audio thread that TypeScript's DOM types do not include.
declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}
declare const sampleRate: number;
declare function registerProcessor(name: string, processor: typeof AudioWorkletProcessor): void;

const NAME = 'elastic-audio';

/**
 * Registers the audio processor. This function's source text runs on the audio thread, so it may use its
 * arguments but no other names from this file.
 */
function register(name: string, Elastic: ReturnType<typeof defineElasticAudio>): void {
  /** Number of blocks between messages: about 50 ms, for 128-sample blocks at 48 kHz. */
  const REPORT_EVERY_BLOCKS = 20;

  class Processor extends AudioWorkletProcessor {
    readonly #audio: ElasticAudio;
    #blocks = 0;

    constructor({ processorOptions }: { processorOptions: { channels: number } }) {
      super();
      this.#audio = new Elastic(sampleRate, processorOptions.channels);
      this.port.onmessage = ({ data }: MessageEvent<WorkletMessage>) => {
        if (data.kind === 'samples') this.#audio.write(data.startUs, data.planes);
        else this.#audio.targetMs = data.targetMs;
      };
    }

    process(_inputs: unknown, [output]: readonly Float32Array[][]): boolean {
      if (output) this.#audio.read(output);
      this.#blocks += 1;
      if (this.#blocks % REPORT_EVERY_BLOCKS === 0) this.#report();
      return true;
    }

    #report(): void {
      const { positionUs, playing, levelMs, filledMs } = this.#audio;
      const position: PlaybackPosition = { positionUs, playing, levelMs, filledMs, atEpochMs: Date.now() };
      this.port.postMessage(position);
    }
  }
  registerProcessor(name, Processor as unknown as typeof AudioWorkletProcessor);
}

/** The source text of the audio thread's script. */
export function workletScript(): string {
  return `(${register})(${JSON.stringify(NAME)}, (${defineElasticAudio})());`;
}

/** A Web Audio node that plays samples through an `ElasticAudio` buffer on the audio thread. */
export class ElasticAudioNode {
  readonly node: AudioWorkletNode;

  /**
   * Loads the script into the context's audio thread, which must happen before a node is created.
   *
   * @throws Error if the content security policy forbids the script or the context is closed
   */
  static async load(context: AudioContext): Promise<void> {
    const url = URL.createObjectURL(new Blob([workletScript()], { type: 'text/javascript' }));
    try {
      await context.audioWorklet.addModule(url);
    } finally {
      URL.revokeObjectURL(url);
    }
  }

  constructor(context: AudioContext, channels: number, onPosition: (position: PlaybackPosition) => void) {
    this.node = new AudioWorkletNode(context, NAME, {
      numberOfInputs: 0,
      outputChannelCount: [channels],
      processorOptions: { channels },
    });
    this.node.port.onmessage = ({ data }: MessageEvent<PlaybackPosition>) => onPosition(data);
  }

  /** Sets how much audio, in milliseconds, should still be buffered when a packet arrives. */
  set targetMs(targetMs: number) {
    this.#send({ kind: 'target', targetMs });
  }

  /**
   * Plays samples that start at media time `startUs`. The arrays are transferred, so the caller can no longer
   * use them.
   */
  play(startUs: number, planes: readonly Float32Array<ArrayBuffer>[]): void {
    this.#send(
      { kind: 'samples', startUs, planes },
      planes.map(({ buffer }) => buffer),
    );
  }

  close(): void {
    this.node.port.onmessage = null;
    this.node.port.close();
    this.node.disconnect();
  }

  #send(message: WorkletMessage, transfer: Transferable[] = []): void {
    this.node.port.postMessage(message, transfer);
  }
}
