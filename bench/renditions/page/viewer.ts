/** Injected into the viewer's page before its own scripts. Provides the observers and the WebRTC viewer. */
import type { Observations } from '../recording.ts';
import { AudioObserver } from './audio-observer.ts';
import { steadyEpoch } from './clock.ts';
import { FrameObserver } from './frame-observer.ts';
import { type WebRtcPeer, watch } from './webrtc.ts';

const epochMs = steadyEpoch();
const frameObserver = new FrameObserver(
  () => document.querySelector('[data-testid="watch-canvas"], video.bench'),
  epochMs,
);
const audioObserver = new AudioObserver();
audioObserver.observePage();

const viewer = {
  seen: (): Observations => ({
    sightings: frameObserver.sightings,
    audio: audioObserver.marks,
    unreadable: frameObserver.unreadable,
  }),
  watch: (): void => {
    viewer.end = watch(audioObserver);
  },
  end: undefined as WebRtcPeer | undefined,
};
declare global {
  interface Window {
    benchViewer: typeof viewer;
  }
}
window.benchViewer = viewer;
