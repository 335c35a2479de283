import type { PullFailure } from '../bridge/bridge.ts';

/** A heading followed by one or two sentences. */
export interface TitledText {
  title: string;
  body: string;
}

/** Explanations of each failure for the viewer, with remedies. */
const texts: Readonly<Record<PullFailure, TitledText>> = {
  offline: {
    title: 'Your friend seems to be offline',
    body: 'No response from the addresses in this ticket. Ask your friend to open the app or send you a new ticket.',
  },
  refused: {
    title: 'Your friend’s app refused the connection',
    body: 'It may have too many connections. Try again later.',
  },
  incompatible: {
    title: 'Your apps are not compatible',
    body: 'One of you has an older version. Update both apps and try again.',
  },
  lost: {
    title: 'The connection to your friend was lost',
    body: 'Reconnecting…',
  },
  invalid: {
    title: 'This ticket is not valid',
    body: 'Its broadcast name is not allowed. Ask your friend for a new ticket.',
  },
  overloaded: {
    title: 'Too many tickets are open',
    body: 'Close some of them and try again.',
  },
  private: {
    title: 'The relay cannot reach your friend',
    body: 'This ticket contains only private network addresses, and this relay does not connect to those.',
  },
};

/** Returns the text for a failed pull with a separate heading, for windows. */
export function pullFailureText(failure: PullFailure): TitledText {
  return texts[failure];
}

/** Returns the text for a failed pull as one line, for logs and `--json`. */
export function pullFailureLine(failure: PullFailure): string {
  const { title, body } = texts[failure];
  return `${title}. ${body}`;
}
