import type { RelayRefusal } from '../../common/relay/relay-refusal.ts';
import type { TitledText } from '../../common/words/pull-failure-text.ts';
import { RefusedError } from '../media/session/refused-error.ts';

/** How long a page waits before it tries again after a limit was reached, in milliseconds. */
export const LIMIT_RETRY_MS = 20_000;

const limitBody = 'This page tries again every 20 seconds.';

/** Text that tells the user why the relay refuses, and what to do. */
const texts: Readonly<Record<RelayRefusal, TitledText>> = {
  expired: {
    title: 'This link has expired',
    body: 'Ask the person who sent you the link for a new one.',
  },
  token: {
    title: 'This link is not valid on this relay',
    body: 'The relay does not accept the token in the link. Ask the person who sent you the link for a new one.',
  },
  needed: {
    title: 'You need a token to use this relay',
    body: 'If a friend sent you a link, open that link. It should contain a token. Otherwise, ask the relay’s operator for one.',
  },
  sessions: {
    title: 'This relay is full',
    body: `It has reached its maximum number of viewers. ${limitBody}`,
  },
  'sessions-per-client': {
    title: 'Too many viewers on your network',
    body: `This relay limits the number of viewers per network. Close other tabs that use this relay. ${limitBody}`,
  },
  bandwidth: {
    title: 'This relay is full',
    body: `It has reached its maximum data rate. ${limitBody}`,
  },
  'bandwidth-per-client': {
    title: 'Your network has reached its data limit',
    body: `This relay limits the data rate per network. Choose a lower quality, or close other tabs that use this relay. ${limitBody}`,
  },
};

/** Returns the title and text that explain a refusal to the user. */
export function refusalText(refusal: RelayRefusal): TitledText {
  return texts[refusal];
}

/** Whether every further attempt with the same link would fail. */
export function isFinal(refusal: RelayRefusal): boolean {
  return refusal === 'expired' || refusal === 'token' || refusal === 'needed';
}

/** Thrown when a relay refuses all sessions of this page. The message is complete text for the user. */
export class RelayRefusedError extends RefusedError {
  readonly refusal: RelayRefusal;

  constructor(refusal: RelayRefusal) {
    const { title, body } = refusalText(refusal);
    super(`${title}. ${body}`, isFinal(refusal) ? null : LIMIT_RETRY_MS);
    this.refusal = refusal;
  }
}

/** Returns the refusal that an error reports; null if it reports none. */
export function refusalOf(error: unknown): RelayRefusal | null {
  return error instanceof RelayRefusedError ? error.refusal : null;
}
