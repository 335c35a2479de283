import type { BridgeLoss } from '../../../common/bridge/bridge.ts';
import type { Words } from '../../../common/words/pull-words.ts';
import { bridgeLossTexts } from '../shared/words.ts';

export const watchTexts = {
  connecting: { title: 'Connecting to your friend…', body: 'This usually takes a second or two.' },
  starting: { title: 'Starting the picture…', body: 'You are connected. The first picture is on its way.' },
  waiting: {
    title: 'Connected. Your friend isn’t live yet',
    body: 'This starts by itself as soon as they go live.',
  },
  disconnected: (loss: BridgeLoss | null): Words => bridgeLossTexts[loss ?? 'unknown'],
  ended: (name: string): Words => ({
    title: `${shortName(name)} has stopped`,
    body: 'If they start again, you’ll see it here.',
  }),
  live: (name: string): Words => ({ title: `${shortName(name)} is live`, body: '' }),
  pictureOff: {
    title: 'The picture is off',
    body: 'Your friend sends no picture right now. You can still hear them if their sound is on.',
  },
  soundOnly: (name: string): Words => ({
    title: 'Sound only',
    body: `${shortName(name)} is live without a picture.`,
  }),
  unplayable: (problem: string): Words => ({ title: 'This can’t be played here', body: problem }),
} as const;

/** Long names would push the sentence off the screen. */
function shortName(name: string): string {
  const plain = name.trim();
  if (plain === '') return 'Your friend';
  return `“${plain.length > 40 ? `${plain.slice(0, 39)}…` : plain}”`;
}
