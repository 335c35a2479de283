import type { BridgeLoss, CallRecord, Contact } from '../../../common/bridge/bridge.ts';
import type { CallerIdentity } from '../../../common/words/caller-identity.ts';
import { isolated } from '../../../common/words/display-name.ts';
import type { TitledText } from '../../../common/words/pull-failure-text.ts';
import type { ShortcutHelp } from '../player/HelpDialog.tsx';
import { bridgeLossTexts } from '../shared/bridge-loss-words.ts';

/** Text for each state of a call. `who` identifies the peer. */
export const callTexts = {
  dialing: (who: CallerIdentity): TitledText => ({
    title: `Calling ${who.inSentence}…`,
    body: 'Finding a route to their computer.',
  }),
  ringing: (who: CallerIdentity): TitledText => ({
    title: `${isolated(who.name)}’s computer is ringing…`,
    body: 'Your camera and microphone turn on when they accept.',
  }),
  unnoticed: (who: CallerIdentity): TitledText => ({
    title: `${isolated(who.name)}’s app has no window open`,
    body: 'They may not notice your call until they open it.',
  }),
  away: (who: CallerIdentity): TitledText => ({
    title: `${isolated(who.name)} closed their window`,
    body: 'They cannot see or hear you. The call ends in a few seconds unless they open it again.',
  }),
  starting: (who: CallerIdentity): TitledText => ({
    title: 'Connected',
    body: who.named ? `Waiting for ${isolated(who.name)}’s video.` : 'Waiting for their video.',
  }),
  active: (who: CallerIdentity): TitledText => ({ title: `In a call with ${who.inSentence}`, body: '' }),
  cameraOff: (who: CallerIdentity, theyMuted: boolean, youMuted: boolean): TitledText => ({
    title: who.named ? `${isolated(who.name)}’s camera is off` : 'Their camera is off',
    body: audibilityText(theyMuted, youMuted),
  }),
  reconnecting: {
    title: 'Reconnecting…',
    body: 'The connection was lost. The call continues automatically once you are reconnected.',
  },
  disconnected: (loss: BridgeLoss | null, released: boolean): TitledText => {
    const { title, body } = bridgeLossTexts[loss ?? 'unknown'];
    return { title, body: released ? `${body} Your camera and microphone are off.` : body };
  },
  inOtherWindow: (who: CallerIdentity): TitledText => ({
    title: 'This call is in another window',
    body: `Your call with ${who.inSentence} continues there. Your camera and microphone are off in this window.`,
  }),
  unplayable: (problem: string): TitledText => ({
    title: 'Their video can’t be played',
    body: problem,
  }),
  ended: (message: string | null): TitledText => ({ title: message ?? 'The call has ended.', body: '' }),
  missed: (who: CallerIdentity): string => `Missed call from ${who.inSentence}.`,
  blocked: (who: CallerIdentity): string =>
    who.named ? `${who.inSentence} is blocked.` : `The caller with ${who.id} is blocked.`,
} as const;

/** Says who can hear whom while the peer's camera is off. */
function audibilityText(theyMuted: boolean, youMuted: boolean): string {
  if (theyMuted && youMuted) return 'Both microphones are off, too.';
  if (theyMuted) return 'Their microphone is off, too. They can hear you.';
  return youMuted ? 'You can hear them. Your microphone is off.' : 'You can still hear each other.';
}

const outcomes: Record<CallRecord['outcome'], { in: string; out: string }> = {
  done: { in: 'Incoming call', out: 'Outgoing call' },
  declined: { in: 'You declined', out: 'They declined' },
  busy: { in: 'You were busy', out: 'They were busy' },
  noAnswer: { in: 'You did not answer', out: 'No answer' },
  missed: { in: 'Missed', out: 'No answer' },
  failed: { in: 'Could not connect', out: 'Could not connect' },
  lost: { in: 'Connection lost', out: 'Connection lost' },
};

/** Text for the outcome of a call in the history. */
export function outcomeText({ outcome, direction }: Pick<CallRecord, 'outcome' | 'direction'>): string {
  return outcomes[outcome][direction];
}

/** Labels that say what the app does when a contact calls. */
export const accessLabels: Record<Contact['access'], string> = {
  ask: 'Ring',
  auto: 'Answer automatically',
  blocked: 'Block',
};

/** Keyboard shortcuts on the Call screen. */
export const callShortcuts: readonly ShortcutHelp[] = [
  { keys: ['M'], what: 'Mute or unmute your microphone' },
  { keys: ['C'], what: 'Turn your camera on or off' },
  { keys: ['S'], what: 'Start or stop sharing your screen' },
  { keys: ['↑', '↓'], what: 'Volume up or down' },
  { keys: ['F'], what: 'Full screen' },
  { keys: ['P'], what: 'Small window' },
  { keys: ['I'], what: 'Video and network details' },
  { keys: ['H'], what: 'Hang up' },
  { keys: ['?'], what: 'Keyboard shortcuts' },
];
