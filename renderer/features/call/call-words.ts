import type { BridgeLoss, CallRecord, Contact } from '../../../common/bridge/bridge.ts';
import { UNKNOWN_CALLER } from '../../../common/words/caller-identity.ts';
import type { Words } from '../../../common/words/pull-words.ts';
import type { ShortcutHelp } from '../player/HelpDialog.tsx';
import { lossWords } from '../shared/words.ts';

export const callWords = {
  dialing: (name: string): Words => ({
    title: name === UNKNOWN_CALLER ? 'Calling…' : `Calling ${name}…`,
    body: 'Looking for the way to their computer.',
  }),
  ringing: (name: string): Words => ({
    title: name === UNKNOWN_CALLER ? 'It’s ringing…' : `${name}’s computer is ringing…`,
    body: 'Camera and microphone start when they accept.',
  }),
  starting: (name: string): Words => ({
    title: 'Connected',
    body: name === UNKNOWN_CALLER ? 'Their picture is on its way.' : `${name}’s picture is on its way.`,
  }),
  active: (name: string): Words => ({ title: `In a call with ${name}`, body: '' }),
  cameraOff: (name: string, theyMuted: boolean, youMuted: boolean): Words => ({
    title: name === UNKNOWN_CALLER ? 'Their camera is off' : `${name}’s camera is off`,
    body: heardWords(theyMuted, youMuted),
  }),
  reconnecting: {
    title: 'Reconnecting…',
    body: 'The connection was lost. The call goes on by itself when it is back.',
  },
  disconnected: (loss: BridgeLoss | null, released: boolean): Words => {
    const { title, body } = lossWords[loss ?? 'unknown'];
    return { title, body: released ? `${body} Camera and microphone are off.` : body };
  },
  elsewhere: (name: string): Words => ({
    title: 'This call is in another window',
    body: `${name === UNKNOWN_CALLER ? 'The call' : `Your call with ${name}`} goes on there. Camera and microphone are off in this one.`,
  }),
  unplayable: (problem: string): Words => ({ title: 'Their picture can’t be played here', body: problem }),
  ended: (message: string | null): Words => ({ title: message ?? 'The call has ended.', body: '' }),
  missed: (name: string): string => `${name} called and got no answer.`,
} as const;

/** Who can hear whom, by what each has switched off. */
function heardWords(theyMuted: boolean, youMuted: boolean): string {
  if (theyMuted && youMuted) return 'Their microphone and yours are off too.';
  if (theyMuted) return 'Their microphone is off too; they can hear you.';
  return youMuted ? 'You can hear them; your microphone is off.' : 'You can still hear each other.';
}

const outcomes: Record<CallRecord['outcome'], { in: string; out: string }> = {
  done: { in: 'They called', out: 'You called' },
  declined: { in: 'You declined', out: 'They declined' },
  busy: { in: 'You were busy', out: 'They were busy' },
  noAnswer: { in: 'You did not answer', out: 'No answer' },
  missed: { in: 'Missed', out: 'No answer' },
  failed: { in: 'Did not connect', out: 'Did not connect' },
  lost: { in: 'Connection lost', out: 'Connection lost' },
};

/** How a call in the list ended, in a few words. */
export function outcomeWords({ outcome, direction }: Pick<CallRecord, 'outcome' | 'direction'>): string {
  return outcomes[outcome][direction];
}

export const accessWords: Record<Contact['access'], string> = {
  ask: 'Rings here',
  auto: 'Let in automatically',
  blocked: 'Blocked',
};

export const callShortcuts: readonly ShortcutHelp[] = [
  { keys: ['M'], what: 'Your microphone on or off' },
  { keys: ['C'], what: 'Your camera on or off' },
  { keys: ['S'], what: 'Share your screen, or stop' },
  { keys: ['↑', '↓'], what: 'Louder or quieter' },
  { keys: ['F'], what: 'Full screen' },
  { keys: ['P'], what: 'Small window' },
  { keys: ['I'], what: 'Details of picture and network' },
  { keys: ['H'], what: 'Hang up' },
  { keys: ['?'], what: 'This list' },
];
