import type { AppState } from '../../common/bridge/bridge.ts';
import { CALL_NAME } from '../../common/bridge/bridge.ts';
import type { CallBook } from '../calls/call-book.ts';
import type { Calls } from '../calls/calls.ts';
import type { CallHolder } from '../calls/holder.ts';
import type { LiveEndpoint } from '../endpoint/endpoint.ts';
import type { ConnectionMonitor } from '../network/connection-monitor.ts';
import type { Session } from '../origin/session.ts';
import type { Puller } from '../pull/puller.ts';
import type { Broadcasts } from './broadcasts.ts';
import type { Memory } from './preferences.ts';
import type { Pushes } from './pushes.ts';
import type { TrafficMeter } from './traffic.ts';

/** What the window shows something of. */
export interface ShownParts {
  endpoint: LiveEndpoint;
  memory: Memory;
  book: CallBook;
  calls: Calls;
  callHolder: CallHolder;
  puller: Puller;
  links: ConnectionMonitor;
  broadcasts: Broadcasts;
  pushes: Pushes;
  traffic: TrafficMeter;
  /** The sessions of those who watch what is live here. */
  viewers: ReadonlySet<Session>;
}

/** All that the window shows, as of now. */
export function composeState(parts: ShownParts): AppState {
  const { endpoint, memory, book, calls, puller, traffic } = parts;
  return {
    endpointId: endpoint.id,
    irohRelay: endpoint.relayState.get(),
    broadcasts: parts.broadcasts.list(
      (name) => endpoint.ticketFor(name),
      parts.viewers,
      traffic,
      parts.pushes,
    ),
    pulls: puller.states.get().map((status) => ({
      ...status,
      downloadBps: traffic.of(puller.sessionOf(status.ticket)).receivedBps,
    })),
    callTicket: endpoint.ticketFor(CALL_NAME),
    calls: [...calls.states.get()],
    callWindow: parts.callHolder.holder.get(),
    waitingCalls: [...calls.waiting.get()],
    contacts: [...book.contacts.get()],
    callHistory: [...book.history.get()],
    connections: [...parts.links.states.get()],
    recents: [...memory.recents.get()],
    settings: memory.settings.get(),
    notices: [...memory.notices.get(), ...book.notices.get()],
  };
}

/** Calls back when any of that has changed, but for rates, which are sampled. Returns the unsubscriber. */
export function onShownChange(parts: ShownParts, changed: () => void): () => void {
  const { endpoint, memory, book, calls } = parts;
  const stops = [
    endpoint.addr.subscribe(changed),
    endpoint.relayState.subscribe(changed),
    memory.settings.subscribe(changed),
    memory.recents.subscribe(changed),
    memory.notices.subscribe(changed),
    calls.states.subscribe(changed),
    calls.waiting.subscribe(changed),
    parts.callHolder.holder.subscribe(changed),
    book.contacts.subscribe(changed),
    book.history.subscribe(changed),
    book.notices.subscribe(changed),
    parts.puller.states.subscribe(changed),
    parts.links.states.subscribe(changed),
    parts.broadcasts.events.on('changed', changed),
    parts.pushes.events.on('changed', changed),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}
