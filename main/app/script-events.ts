import { pullFailureWords } from '../../common/words/pull-words.ts';
import { log } from '../base/log.ts';
import type { Broadcasts } from '../live/broadcasts.ts';
import type { Puller } from '../pull/puller.ts';
import type { JsonEvent } from './json-events.ts';

export interface ScriptEventParts {
  broadcasts: Broadcasts;
  puller: Puller;
  ticketFor: (name: string) => string;
}

/** Tells scripts what goes live and ends, and what cannot. Returns what stops it. */
export function tellScripts(
  { broadcasts, puller, ticketFor }: ScriptEventParts,
  tell: (event: JsonEvent) => void,
): () => void {
  const stops = [
    tellPullFailures(puller, tell),
    broadcasts.events.on('live', ({ name }) => tell({ event: 'live', ticket: ticketFor(name), name })),
    broadcasts.events.on('refused', ({ problem }) => {
      log.warn('a broadcast is left out: %s', problem);
      tell({ event: 'error', message: `This cannot be live. ${problem}` });
    }),
    broadcasts.events.on('ended', ({ name }) => tell({ event: 'ended', name })),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}

/** They hear of a failed pull once, not at every retry. */
function tellPullFailures(puller: Puller, tell: (event: JsonEvent) => void): () => void {
  const failed = new Set<string>();
  return puller.states.subscribe((states) => {
    for (const ticket of [...failed]) {
      const state = states.find((candidate) => candidate.ticket === ticket)?.state;
      if (state !== 'failed' && state !== 'connecting') failed.delete(ticket);
    }
    for (const { ticket, state, failure } of states) {
      if (state !== 'failed' || failed.has(ticket) || failure === null) continue;
      failed.add(ticket);
      tell({ event: 'error', message: pullFailureWords(failure), ticket });
    }
  });
}
