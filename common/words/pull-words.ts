import type { PullFailure } from '../bridge/bridge.ts';

/** A heading, and a sentence or two below it. */
export interface Words {
  title: string;
  body: string;
}

/** What a failed pull means for the person who watches, and what to do: the only place that says so. */
const words: Readonly<Record<PullFailure, Words>> = {
  offline: {
    title: 'Your friend seems to be offline',
    body: 'Nobody answers at this ticket. Ask your friend to open the app, or for a new ticket.',
  },
  refused: {
    title: 'Your friend’s app refused the connection',
    body: 'Ask your friend whether it is busy, or try again later.',
  },
  incompatible: {
    title: 'The two apps don’t understand each other',
    body: 'One of you has an older version. Update both and try again.',
  },
  lost: {
    title: 'The connection to your friend was lost',
    body: 'It is being restored.',
  },
  invalid: {
    title: 'This ticket leads nowhere',
    body: 'It names a broadcast that cannot exist. Ask your friend for a new ticket.',
  },
  overloaded: {
    title: 'Too much at once',
    body: 'Too many tickets are open at once. Close some of them and try again.',
  },
  private: {
    title: 'The relay cannot reach your friend',
    body: 'The ticket has only addresses of a private network, to which this relay does not connect.',
  },
};

/** For the window, which shows the heading larger. */
export function pullFailureTexts(failure: PullFailure): Words {
  return words[failure];
}

/** The same in one line, for logs and scripts. */
export function pullFailureWords(failure: PullFailure): string {
  const { title, body } = words[failure];
  return `${title}. ${body}`;
}
