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
  ticketFor: (name: string) => string;
}

/**
 * Emits a JSON event whenever a broadcast goes live, ends or is refused, whenever a pull fails, and whenever a ticket
 * waits for the user. Returns a function that unsubscribes.
 */
export function emitScriptEvents(
  { broadcasts, puller, ticketRequests, ticketFor }: ScriptEventSources,
  emit: (event: JsonEvent) => void,
): () => void {
  const unsubscribes = [
    emitPullFailures(puller, emit),
    broadcasts.events.on('live', ({ name }) => emit({ event: 'live', ticket: ticketFor(name), name })),
    broadcasts.events.on('refused', ({ problem }) => {
      log.warn('broadcast refused: %s', problem);
      emit({ event: 'error', message: `The broadcast cannot go live. ${problem}` });
    }),
    broadcasts.events.on('ended', ({ name }) => emit({ event: 'ended', name })),
    ticketRequests.shown.subscribe((request) => {
      if (request) emit({ event: 'ticket-request', ticket: request.ticket, origin: request.origin });
    }),
  ];
  return () => {
    for (const unsubscribe of unsubscribes) unsubscribe();
  };
}

/** Emits an event when a pull first fails, but not when its retries fail as well. */
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
