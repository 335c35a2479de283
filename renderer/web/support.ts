/** What this browser can do, found by looking for it and not by its name. */
export interface Support {
  /** WebCodecs and much else are there for pages over https and on this machine alone. */
  secure: boolean;
  decodesVideo: boolean;
  decodesAudio: boolean;
  encodesVideo: boolean;
  /** Reading the frames of a camera (MediaStreamTrackProcessor on the page). */
  readsTracks: boolean;
  /** Showing a screen or a window. */
  sharesScreens: boolean;
}

export function findSupport(scope: object = globalThis): Support {
  const has = (name: string): boolean => name in scope;
  return {
    secure: 'isSecureContext' in scope && scope.isSecureContext === true,
    decodesVideo: has('VideoDecoder'),
    decodesAudio: has('AudioDecoder'),
    encodesVideo: has('VideoEncoder'),
    readsTracks: has('MediaStreamTrackProcessor'),
    sharesScreens: 'navigator' in scope && hasDisplayMedia(scope.navigator),
  };
}

function hasDisplayMedia(navigator: unknown): boolean {
  if (typeof navigator !== 'object' || navigator === null || !('mediaDevices' in navigator)) return false;
  const { mediaDevices } = navigator;
  return typeof mediaDevices === 'object' && mediaDevices !== null && 'getDisplayMedia' in mediaDevices;
}

const INSECURE =
  'This page came without encryption, so the browser keeps video from it. Open it by its https:// address.';

/** Why nothing can be watched here, with what to do; null when it can. */
export function watchingProblem({ secure, decodesVideo }: Support): string | null {
  if (!secure) return INSECURE;
  if (decodesVideo) return null;
  return (
    'This browser cannot decode live video (it has no WebCodecs). Use a recent Chrome, Edge, Firefox or Safari, or ' +
    'watch with the app.'
  );
}

/** Why nothing can be published from here, with what to do; null when it can. */
export function publishingProblem({ secure, encodesVideo, readsTracks }: Support): string | null {
  if (!secure) return INSECURE;
  if (!encodesVideo || !readsTracks) {
    return (
      'Going live from a page works in Chrome, Edge and other browsers built on Chromium; this one cannot hand over ' +
      'the camera’s pictures. Watching works here, and so does going live from the app.'
    );
  }
  return null;
}
