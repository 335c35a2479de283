import type { AudioMark } from '../recording.ts';
import { TONE_LEVEL } from './source.ts';

/**
 * If the root mean square of the signal is below this value, the tone counts as missing. The value is half of
 * the tone's own root mean square.
 */
const QUIET_BELOW = TONE_LEVEL / Math.SQRT2 / 2;

/**
 * Source text of the observer. It runs on the audio thread, because a busy page does not delay that thread.
 */
const WORKLET = `
registerProcessor('audio-observer', class extends AudioWorkletProcessor {
  process([[samples]]) {
    let sum = 0;
    for (const sample of samples ?? []) sum += sample * sample;
    const loud = Math.sqrt(sum / 128) >= ${QUIET_BELOW};
    const due = currentTime - (this.reportedS ?? -1) >= 0.05;
    if (loud !== this.loud || due) {
      this.port.postMessage({ atMs: Date.now(), loud });
      this.reportedS = currentTime;
      this.loud = loud;
    }
    return true;
  }
});`;

const connect = AudioNode.prototype.connect;

/** Records when the tone can be heard from the speakers. */
export class AudioObserver {
  readonly marks: AudioMark[] = [];
  readonly #modules = new WeakMap<BaseAudioContext, Promise<void>>();

  /** Observes a node without changing its other connections. */
  observe(node: AudioNode): void {
    const { context } = node;
    let loading = this.#modules.get(context);
    if (!loading) {
      const url = URL.createObjectURL(new Blob([WORKLET], { type: 'text/javascript' }));
      loading = context.audioWorklet.addModule(url);
      this.#modules.set(context, loading);
    }
    loading.then(
      () => {
        const observer = new AudioWorkletNode(context, 'audio-observer');
        observer.port.onmessage = ({ data }: MessageEvent<AudioMark>) => void this.marks.push(data);
        Reflect.apply(connect, node, [observer]);
        // The observer outputs silence, but it must be connected to run.
        Reflect.apply(connect, observer, [context.destination]);
      },
      // Loading the audio worklet fails if the context is closed in the meantime.
      () => undefined,
    );
  }

  /** Observes every node that the page connects to the speakers. */
  observePage(): void {
    const observe = (node: AudioNode) => this.observe(node);
    AudioNode.prototype.connect = function (this: AudioNode, ...args: unknown[]) {
      const [target] = args;
      if (target instanceof AudioDestinationNode && this.context instanceof AudioContext) observe(this);
      return Reflect.apply(connect, this, args);
    } as typeof connect;
  }
}
