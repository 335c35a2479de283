import type { BridgeLoss } from '../../../common/bridge/bridge.ts';
import type { TitledText } from '../../../common/words/pull-failure-text.ts';

/** Text that explains why the bridge to main is down. */
export const bridgeLossTexts: Record<BridgeLoss | 'unknown', TitledText> = {
  unknown: {
    title: 'Reconnecting…',
    body: 'The app’s background process is not responding. If you closed the app, start it again.',
  },
  absent: {
    title: 'The app is not running',
    body: 'This window keeps trying to connect. If you closed the app, start it again and open the address that it prints.',
  },
  restarted: {
    title: 'This window is out of date',
    body: 'The app was restarted at a new address. Open the address that it printed last.',
  },
};
