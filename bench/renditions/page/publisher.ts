/**
 * Injected into the publisher's page before its own scripts. Provides the camera and the WebRTC publisher.
 */
import type { SourceStats } from '../recording.ts';
import { made, replaceDevices } from './source.ts';
import { publish, type WebRtcPeer } from './webrtc.ts';

replaceDevices();
const publisher = {
  made: (): SourceStats => ({ ...made }),
  /** Resets the statistics. */
  reset: (): void => {
    made.frames = 0;
    made.longestGapMs = 0;
  },
  publish: async (maxBps: number): Promise<void> => {
    publisher.end = publish(await navigator.mediaDevices.getUserMedia({ video: true, audio: true }), maxBps);
  },
  end: undefined as WebRtcPeer | undefined,
};
declare global {
  interface Window {
    benchPublisher: typeof publisher;
  }
}
window.benchPublisher = publisher;
