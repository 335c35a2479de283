import type { Contact, TicketRequest } from '../../../common/bridge/bridge.ts';
import { parseTicket } from '../../../common/ticket/ticket.ts';
import { IS_CONTACT, NOT_A_CONTACT } from '../../../common/words/caller-identity.ts';
import { isolated, sanitizeName } from '../../../common/words/display-name.ts';
import { isCallTicket } from './ticket-input.ts';

/** The facts about the user and the app that determine the text of the confirmation dialog. */
export interface TicketRequestContext {
  /** The user's own endpoint id. */
  ownId: string;
  contacts: readonly Contact[];
  /** The user's display name; empty if it is not set. */
  displayName: string;
  /** Whether a call is in progress. */
  inCall: boolean;
}

/** The text for each part of the confirmation dialog. */
export interface TicketRequestView {
  action: 'call' | 'watch';
  title: string;
  /** Says during a call that the ticket is waiting. */
  notice: string;
  /** Says where the ticket comes from. */
  origin: string;
  /** The entire endpoint id in groups of eight digits. */
  endpointId: string;
  /** Says whether the user knows the peer. */
  standing: string;
  standingTone: 'known' | 'unknown' | 'blocked';
  /** Says what happens to the camera and the microphone. */
  devices: string;
  /** Says what the peer learns about the user. */
  reveals: string;
  /** Says why the ticket cannot be opened at the moment; null if it can be opened. */
  problem: string | null;
}

const origins: Record<TicketRequest['origin'], { call: string; watch: string }> = {
  link: { call: 'A link wants to start this call.', watch: 'A link wants to open this broadcast.' },
  // The system opens a link by starting the app, just as another program might, so the app cannot tell which
  // of them started it.
  'command-line': {
    call: 'A link or another app wants to start this call.',
    watch: 'A link or another app wants to open this broadcast.',
  },
  'second-instance': {
    call: 'A link or another app wants to start this call.',
    watch: 'A link or another app wants to open this broadcast.',
  },
  drop: {
    call: 'You dropped a call ticket.',
    watch: 'You dropped a ticket for a broadcast.',
  },
};

/**
 * Composes the confirmation of a ticket from outside the window.
 *
 * @throws TicketError if the ticket is invalid; main sends only valid ones
 */
export function ticketRequestView(request: TicketRequest, context: TicketRequestContext): TicketRequestView {
  const { endpointId, broadcastName } = parseTicket(request.ticket);
  const action = isCallTicket(request.ticket) ? 'call' : 'watch';
  const contact = context.contacts.find(({ peer }) => peer === endpointId);
  const name = isolated(sanitizeName(contact?.name ?? ''));
  const isOwn = endpointId === context.ownId;
  return {
    action,
    title: action === 'call' ? callTitle(name) : watchTitle(broadcastName, name),
    notice:
      action === 'call'
        ? 'A call ticket was opened outside this window.'
        : 'A ticket for a broadcast was opened outside this window.',
    origin: origins[request.origin][action],
    endpointId: endpointId.replace(/.{8}(?=.)/g, '$& '),
    ...standingOf(contact, isOwn),
    devices:
      action === 'call'
        ? 'Your camera and microphone turn on when they answer.'
        : 'Your camera and microphone stay off.',
    reveals: revealText(action, sanitizeName(context.displayName)),
    problem: action === 'call' ? callProblem(context, isOwn) : null,
  };
}

function callTitle(name: string): string {
  return name === '' ? 'Call this person?' : `Call ${name}?`;
}

function watchTitle(broadcastName: string, name: string): string {
  const shown = sanitizeName(broadcastName);
  const broadcast = shown === '' ? 'this broadcast' : `“${isolated(shown)}”`;
  return name === '' ? `Watch ${broadcast}?` : `Watch ${broadcast} from ${name}?`;
}

function standingOf(
  contact: Contact | undefined,
  isOwn: boolean,
): Pick<TicketRequestView, 'standing' | 'standingTone'> {
  if (isOwn) return { standing: 'This is your own ID', standingTone: 'known' };
  if (contact?.access === 'blocked')
    return { standing: 'You have blocked this person', standingTone: 'blocked' };
  return contact === undefined
    ? { standing: NOT_A_CONTACT, standingTone: 'unknown' }
    : { standing: IS_CONTACT, standingTone: 'known' };
}

function revealText(action: TicketRequestView['action'], displayName: string): string {
  if (action === 'watch') return 'Their computer will see your network address.';
  return displayName === ''
    ? 'Their computer will ring and will see your network address.'
    : `Their computer will ring and will see your name “${displayName}” and your network address.`;
}

function callProblem({ inCall }: TicketRequestContext, isOwn: boolean): string | null {
  if (isOwn) return 'This is your own call ticket. Send it to the person who should call you.';
  return inCall ? 'You are in a call. Hang up before you call someone else.' : null;
}
