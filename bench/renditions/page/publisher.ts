/** Runs in the publisher's page before its own scripts. */
import type { Made } from '../recording.ts';
import { made, replaceDevices } from './source.ts';
import { type CallEnd, publish } from './webrtc.ts';

replaceDevices();
const publisher = {
  made: (): Made => ({ ...made }),
  /** Counts anew from here. */
  reset: (): void => {
    made.frames = 0;
    made.longestGapMs = 0;
  },
  publish: async (maxBps: number): Promise<void> => {
    publisher.end = publish(await navigator.mediaDevices.getUserMedia({ video: true, audio: true }), maxBps);
  },
  end: undefined as CallEnd | undefined,
};
declare global {
  interface Window {
    benchPublisher: typeof publisher;
  }
}
window.benchPublisher = publisher;
