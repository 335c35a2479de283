/** Runs in the viewer's page before its own scripts. */
import type { Seen } from '../recording.ts';
import { steadyEpoch } from './clock.ts';
import { Ears } from './ears.ts';
import { Eyes } from './eyes.ts';
import { type CallEnd, watch } from './webrtc.ts';

const epochMs = steadyEpoch();
const eyes = new Eyes(() => document.querySelector('[data-testid="watch-canvas"], video.bench'), epochMs);
const ears = new Ears();
ears.listenToPage();

const viewer = {
  seen: (): Seen => ({ sightings: eyes.sightings, sound: ears.marks, unreadable: eyes.unreadable }),
  watch: (): void => {
    viewer.end = watch(ears);
  },
  end: undefined as CallEnd | undefined,
};
declare global {
  interface Window {
    benchViewer: typeof viewer;
  }
}
window.benchViewer = viewer;
