import type { BridgeLoss } from '../../../common/bridge/bridge.ts';
import type { Words } from '../../../common/words/pull-words.ts';

/** Why the window does not reach main, in words. */
export const bridgeLossTexts: Record<BridgeLoss | 'unknown', Words> = {
  unknown: {
    title: 'Reconnecting…',
    body: 'The app’s background part does not answer. If it was closed, start the app again.',
  },
  absent: {
    title: 'The app is not running',
    body: 'Nobody answers; this window keeps trying. If you closed the app, start it again and open the address that it prints.',
  },
  restarted: {
    title: 'This window is from an earlier start',
    body: 'The app was started again. Open the address that it printed.',
  },
};
