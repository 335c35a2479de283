import type { SoundMark } from '../recording.ts';
import { TONE_LEVEL } from './source.ts';

/** Below half of the tone's own loudness (its root mean square) it counts as gone. */
const QUIET_BELOW = TONE_LEVEL / Math.SQRT2 / 2;

/** Runs in the audio thread, which a busy page does not hold up. */
const WORKLET = `
registerProcessor('ear', class extends AudioWorkletProcessor {
  process([[samples]]) {
    let sum = 0;
    for (const sample of samples ?? []) sum += sample * sample;
    const loud = Math.sqrt(sum / 128) >= ${QUIET_BELOW};
    const told = currentTime - (this.toldS ?? -1) >= 0.05;
    if (loud !== this.loud || told) {
      this.port.postMessage({ atMs: Date.now(), loud });
      this.toldS = currentTime;
      this.loud = loud;
    }
    return true;
  }
});`;

const connect = AudioNode.prototype.connect;

/** Hears what goes to the speakers. */
export class Ears {
  readonly marks: SoundMark[] = [];
  readonly #modules = new WeakMap<BaseAudioContext, Promise<void>>();

  /** Hears the node beside whatever it is connected to. */
  listen(node: AudioNode): void {
    const { context } = node;
    let loading = this.#modules.get(context);
    if (!loading) {
      const url = URL.createObjectURL(new Blob([WORKLET], { type: 'text/javascript' }));
      loading = context.audioWorklet.addModule(url);
      this.#modules.set(context, loading);
    }
    loading.then(
      () => {
        const ear = new AudioWorkletNode(context, 'ear');
        ear.port.onmessage = ({ data }: MessageEvent<SoundMark>) => void this.marks.push(data);
        Reflect.apply(connect, node, [ear]);
        // It is silent; without this it would not run.
        Reflect.apply(connect, ear, [context.destination]);
      },
      // A context that was closed meanwhile.
      () => undefined,
    );
  }

  /** Hears whatever the page connects to speakers. */
  listenToPage(): void {
    const listen = (node: AudioNode) => this.listen(node);
    AudioNode.prototype.connect = function (this: AudioNode, ...args: unknown[]) {
      const [target] = args;
      if (target instanceof AudioDestinationNode && this.context instanceof AudioContext) listen(this);
      return Reflect.apply(connect, this, args);
    } as typeof connect;
  }
}
