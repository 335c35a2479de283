import type { Readable } from '../../common/base/store.ts';
import { pullFailureLine } from '../../common/words/pull-failure-text.ts';
import { log } from '../base/log.ts';
import type { Broadcasts } from '../live/broadcasts.ts';
import type { Puller } from '../pull/puller.ts';
import type { JsonEvent } from './json-events.ts';
import type { TicketRequests } from './ticket-requests.ts';

/** The parts of the app that trigger JSON events. */
interface ScriptEventSources {
  broadcasts: Broadcasts;
  puller: Puller;
  ticketRequests: TicketRequests;
  /** The endpoint's addresses as used in tickets. */
  addr: Readable<unknown>;
  /** Creates a broadcast's ticket with the current addresses. */
  ticketFor: (name: string) => string;
}

/**
 * Emits a JSON event whenever a broadcast goes live, gets a new ticket, ends or is refused, whenever a pull
 * fails, and whenever a ticket needs the user's confirmation. Returns a function that unsubscribes.
 */
export function emitScriptEvents(
  { broadcasts, puller, ticketRequests, addr, ticketFor }: ScriptEventSources,
  emit: (event: JsonEvent) => void,
): () => void {
  /** Maps each broadcast name to the function that stops following its ticket. */
  const followed = new Map<string, () => void>();
  const unfollow = (name: string) => {
    followed.get(name)?.();
    followed.delete(name);
  };
  const unsubscribes = [
    emitPullFailures(puller, emit),
    broadcasts.events.on('live', ({ name }) => {
      unfollow(name);
      followed.set(
        name,
        followTicket(
          addr,
          () => ticketFor(name),
          (ticket) => emit({ event: 'live', ticket, name }),
        ),
      );
    }),
    broadcasts.events.on('refused', ({ problem }) => {
      log.warn('broadcast refused: %s', problem);
      emit({ event: 'error', message: `The broadcast cannot go live. ${problem}` });
    }),
    broadcasts.events.on('ended', ({ name }) => {
      unfollow(name);
      emit({ event: 'ended', name });
    }),
    () => {
      for (const name of [...followed.keys()]) unfollow(name);
    },
    ticketRequests.shown.subscribe((request) => {
      if (request) emit({ event: 'ticket-request', ticket: request.ticket, origin: request.origin });
    }),
  ];
  return () => {
    for (const unsubscribe of unsubscribes) unsubscribe();
  };
}

/**
 * Calls `listener` with the ticket now and after each change. The ticket changes when the iroh relay connects,
 * about a second after the app starts, and when the machine's addresses change. Returns a function that
 * unsubscribes.
 *
 * @param addr the addresses that the ticket contains
 */
export function followTicket(
  addr: Readable<unknown>,
  currentTicket: () => string,
  listener: (ticket: string) => void,
): () => void {
  let last = currentTicket();
  listener(last);
  return addr.subscribe(() => {
    const ticket = currentTicket();
    if (ticket === last) return;
    last = ticket;
    listener(ticket);
  });
}

/** Emits an event when a pull first fails, but not again when a retry fails. */
function emitPullFailures(puller: Puller, emit: (event: JsonEvent) => void): () => void {
  const failed = new Set<string>();
  return puller.states.subscribe((states) => {
    for (const ticket of [...failed]) {
      const state = states.find((candidate) => candidate.ticket === ticket)?.state;
      if (state !== 'failed' && state !== 'connecting') failed.delete(ticket);
    }
    for (const { ticket, state, failure } of states) {
      if (state !== 'failed' || failed.has(ticket) || failure === null) continue;
      failed.add(ticket);
      emit({ event: 'error', message: pullFailureLine(failure), ticket });
    }
  });
}
