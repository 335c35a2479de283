import type { BridgeLoss, CallRecord, Contact } from '../../../common/bridge/bridge.ts';
import { NOBODY } from '../../../common/words/caller-identity.ts';
import type { Words } from '../../../common/words/pull-words.ts';
import type { MediaProblem, SourceKind } from '../../media/shared/types.ts';
import type { ProblemStep } from '../live/problem-steps.ts';

/**
 * Every text that stands for a state. Views hold their own labels. Reasons have their words where main can say them to
 * scripts as well (`common/words/pull-words.ts`), or where they arise (`media/faults.ts`).
 */

const lossWords: Record<BridgeLoss | 'unknown', Words> = {
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

export const watchWords = {
  connecting: { title: 'Connecting to your friend…', body: 'This usually takes a second or two.' },
  starting: { title: 'Starting the picture…', body: 'You are connected. The first picture is on its way.' },
  waiting: {
    title: 'Connected. Your friend isn’t live yet',
    body: 'This starts by itself as soon as they go live.',
  },
  disconnected: (loss: BridgeLoss | null): Words => lossWords[loss ?? 'unknown'],
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

export const callWords = {
  dialing: (name: string): Words => ({
    title: name === NOBODY ? 'Calling…' : `Calling ${name}…`,
    body: 'Looking for the way to their computer.',
  }),
  ringing: (name: string): Words => ({
    title: name === NOBODY ? 'It’s ringing…' : `${name}’s computer is ringing…`,
    body: 'Camera and microphone start when they accept.',
  }),
  starting: (name: string): Words => ({
    title: 'Connected',
    body: name === NOBODY ? 'Their picture is on its way.' : `${name}’s picture is on its way.`,
  }),
  active: (name: string): Words => ({ title: `In a call with ${name}`, body: '' }),
  cameraOff: (name: string, theyMuted: boolean, youMuted: boolean): Words => ({
    title: name === NOBODY ? 'Their camera is off' : `${name}’s camera is off`,
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
    body: `${name === NOBODY ? 'The call' : `Your call with ${name}`} goes on there. Camera and microphone are off in this one.`,
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

/** Long names would push the sentence off the screen. */
function shortName(name: string): string {
  const plain = name.trim();
  if (plain === '') return 'Your friend';
  return `“${plain.length > 40 ? `${plain.slice(0, 39)}…` : plain}”`;
}

export const sourceWords: Record<SourceKind, { label: string; hint: string }> = {
  camera: { label: 'Camera', hint: 'You, or what is in front of you' },
  screen: { label: 'Screen', hint: 'Everything, or one window' },
  file: { label: 'File', hint: 'A video or sound from this computer' },
  test: { label: 'Test pattern', hint: 'To try things out' },
};

const problemTitles: Record<MediaProblem['device'], string> = {
  camera: 'Problem with the camera',
  microphone: 'Problem with the microphone',
  screen: 'Problem with the screen',
  file: 'Problem with the file',
  encoder: 'Problem with sending the picture',
};

const faultTitles: Partial<Record<`${MediaProblem['device']}.${MediaProblem['fault']}`, string>> = {
  'camera.denied': 'The camera isn’t allowed',
  'camera.busy': 'Another program is using the camera',
  'camera.missing': 'No camera found',
  'camera.unplugged': 'The camera was unplugged',
  'microphone.denied': 'The microphone isn’t allowed',
  'microphone.busy': 'Another program is using the microphone',
  'microphone.missing': 'No microphone found',
  'microphone.unplugged': 'The microphone was unplugged',
  'screen.denied': 'Sharing the screen isn’t allowed',
  'screen.cancelled': 'No screen was chosen',
  'screen.unplugged': 'Screen sharing has ended',
  'file.unplayable': 'This file can’t be played',
  'file.cancelled': 'No file was chosen',
  'encoder.unsupported': 'This computer can’t encode video here',
};

/** The heading of a problem; its message is the text below. */
export function problemTitle(problem: Pick<MediaProblem, 'device' | 'fault'>): string {
  return faultTitles[`${problem.device}.${problem.fault}`] ?? problemTitles[problem.device];
}

export const stepWords: Record<ProblemStep, string> = {
  retry: 'Try again',
  'choose-other': 'Choose another',
  'choose-screen': 'Choose a screen',
  'choose-file': 'Choose another file',
  'test-pattern': 'Use the test pattern',
  'no-sound': 'Go on without sound',
};

export const latencyChoices: readonly { value: 'real-time' | number; label: string; short: string }[] = [
  { value: 'real-time', label: 'As low as possible', short: 'Lowest' },
  { value: 100, label: '100 ms', short: '100 ms' },
  { value: 300, label: '300 ms', short: '300 ms' },
  { value: 1000, label: '1 second', short: '1 s' },
  { value: 3000, label: '3 seconds', short: '3 s' },
];

export const callShortcuts: readonly { keys: readonly string[]; what: string }[] = [
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

export const shortcuts: readonly { keys: readonly string[]; what: string }[] = [
  { keys: ['M'], what: 'Sound on or off' },
  { keys: ['↑', '↓'], what: 'Louder or quieter' },
  { keys: ['F'], what: 'Full screen' },
  { keys: ['Esc'], what: 'Leave full screen' },
  { keys: ['P'], what: 'Small window (picture in picture)' },
  { keys: ['I'], what: 'Details of picture and network' },
  { keys: ['?'], what: 'This list' },
];
