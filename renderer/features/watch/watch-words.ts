import type { BridgeLoss } from '../../../common/bridge/bridge.ts';
import { isolated } from '../../../common/words/display-name.ts';
import type { TitledText } from '../../../common/words/pull-failure-text.ts';
import { bridgeLossTexts } from '../shared/bridge-loss-words.ts';

/** Overlay text for the Watch screen. */
export const watchTexts = {
  connecting: { title: 'Connecting to your friend…', body: 'This usually takes a second or two.' },
  reconnecting: {
    title: 'Connection lost, reconnecting…',
    body: 'The video resumes automatically.',
  },
  starting: { title: 'Starting the video…', body: 'You are connected. The video will start in a moment.' },
  waiting: (name: string): TitledText => ({
    title: 'Connected. Your friend isn’t live yet',
    body:
      `The video starts automatically when ${shortName(name)} goes live. If they are live now, the name in this ticket ` +
      'may have been altered on its way to you. Ask them to send the ticket again.',
  }),
  disconnected: (loss: BridgeLoss | null): TitledText => bridgeLossTexts[loss ?? 'unknown'],
  ended: (name: string): TitledText => ({
    title: `${shortName(name)} has stopped`,
    body: 'If the broadcast starts again, the video resumes automatically.',
  }),
  live: (name: string): TitledText => ({ title: `${shortName(name)} is live`, body: '' }),
  videoOff: (hasAudio: boolean): TitledText => ({
    title: 'The video is off',
    body: hasAudio
      ? 'Your friend isn’t sending video right now. You can still hear them.'
      : 'Your friend isn’t sending video or sound right now.',
  }),
  soundOff: 'Sound is off',
  audioOnly: (name: string): TitledText => ({
    title: 'Audio only',
    body: `${shortName(name)} is live with audio only.`,
  }),
  unplayable: (problem: string): TitledText => ({ title: 'This broadcast can’t be played', body: problem }),
} as const;

/** Shortens the name so that the sentence fits on the screen. */
function shortName(name: string): string {
  const trimmed = name.trim();
  if (trimmed === '') return 'Your friend';
  return `“${isolated(trimmed.length > 40 ? `${trimmed.slice(0, 39)}…` : trimmed)}”`;
}
