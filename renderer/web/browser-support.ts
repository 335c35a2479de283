import { canReadThroughElements } from '../media/sources/element-track-reader.ts';

/** The browser's capabilities, determined by feature detection. */
export interface BrowserSupport {
  /**
   * Whether the page was loaded over https or from this machine. Browsers offer WebCodecs and capture only to
   * such pages.
   */
  secure: boolean;
  decodesVideo: boolean;
  decodesAudio: boolean;
  encodesVideo: boolean;
  encodesAudio: boolean;
  /** Whether the page can read frames and samples of a camera and a microphone. */
  readsTracks: boolean;
  /** Whether the page can capture a screen or a window. */
  sharesScreens: boolean;
}

/** Detects a browser's capabilities from its global object. */
export function detectSupport(scope: object = globalThis): BrowserSupport {
  const has = (name: string): boolean => name in scope;
  return {
    secure: 'isSecureContext' in scope && scope.isSecureContext === true,
    decodesVideo: has('VideoDecoder'),
    decodesAudio: has('AudioDecoder'),
    encodesVideo: has('VideoEncoder'),
    encodesAudio: has('AudioEncoder'),
    readsTracks: has('MediaStreamTrackProcessor') || canReadThroughElements(scope),
    sharesScreens: 'navigator' in scope && hasDisplayMedia(scope.navigator),
  };
}

function hasDisplayMedia(navigator: unknown): boolean {
  if (typeof navigator !== 'object' || navigator === null || !('mediaDevices' in navigator)) return false;
  const { mediaDevices } = navigator;
  return typeof mediaDevices === 'object' && mediaDevices !== null && 'getDisplayMedia' in mediaDevices;
}

const INSECURE =
  'This page was loaded without encryption, so the browser blocks live video. Open its https:// address instead.';

/** Why this browser cannot watch and what the user can do, as text for the user; null if it can. */
export function watchingProblem({ secure, decodesVideo }: BrowserSupport): string | null {
  if (!secure) return INSECURE;
  if (decodesVideo) return null;
  return (
    'This browser cannot decode live video because it does not support WebCodecs. Use a recent Chrome, Edge, Firefox ' +
    'or Safari, or watch with the app.'
  );
}

/** Why this browser cannot publish and what the user can do, as text for the user; null if it can. */
export function publishingProblem({ secure, encodesVideo, readsTracks }: BrowserSupport): string | null {
  if (!secure) return INSECURE;
  if (!encodesVideo || !readsTracks) {
    return (
      'This browser cannot encode live video because it does not support WebCodecs. Use a recent Chrome, Edge, Firefox or ' +
      'Safari, or go live with the app. You can still watch in this browser.'
    );
  }
  return null;
}

/**
 * Text that tells the user what viewers will miss because this browser lacks a feature; null if they miss
 * nothing.
 */
export function publishingNote({ encodesAudio }: BrowserSupport): string | null {
  if (encodesAudio) return null;
  return (
    'Your viewers will see you, but hear nothing, because this browser cannot encode sound. Update it, or use Chrome, Edge, ' +
    'Firefox, Safari 26 or newer, or the app.'
  );
}
