import { Scope } from '../../common/base/scope.ts';
import type { AppState } from '../../common/bridge/bridge.ts';
import { CALL_NAME } from '../../common/bridge/bridge.ts';
import type { CallBook } from '../calls/call-book.ts';
import type { CallWindow } from '../calls/call-window.ts';
import type { Calls } from '../calls/calls.ts';
import type { LiveEndpoint } from '../endpoint/endpoint.ts';
import type { Broadcasts } from '../live/broadcasts.ts';
import type { LiveWindows } from '../live/live-windows.ts';
import type { Preferences } from '../live/preferences.ts';
import type { TrafficMeter } from '../live/traffic.ts';
import type { ConnectionMonitor } from '../network/connection-monitor.ts';
import type { Session } from '../origin/session.ts';
import type { Puller } from '../pull/puller.ts';
import type { BroadcastPushes } from '../push/broadcast-pushes.ts';
import type { TicketRequests } from './ticket-requests.ts';

/** The parts of the app that contribute to the app state. */
interface SnapshotSources {
  endpoint: LiveEndpoint;
  preferences: Preferences;
  book: CallBook;
  calls: Calls;
  callWindow: CallWindow;
  liveWindows: LiveWindows;
  puller: Puller;
  connectionMonitor: ConnectionMonitor;
  broadcasts: Broadcasts;
  pushes: BroadcastPushes;
  traffic: TrafficMeter;
  ticketRequests: TicketRequests;
  /** The sessions of remote viewers. */
  viewers: ReadonlySet<Session>;
}

/** Composes the current app state. */
export function takeSnapshot(sources: SnapshotSources): AppState {
  const { endpoint, preferences, book, calls, puller, traffic } = sources;
  return {
    endpointId: endpoint.id,
    irohRelay: endpoint.relayState.get(),
    broadcasts: sources.broadcasts
      .states((name) => endpoint.ticketFor(name), sources.viewers, traffic, sources.pushes)
      .map((broadcast) => ({ ...broadcast, window: sources.liveWindows.windowOf(broadcast.name) })),
    pulls: puller.states.get().map((status) => ({
      ...status,
      downloadBps: traffic.of(puller.sessionOf(status.ticket)).receivedBps,
    })),
    callTicket: endpoint.ticketFor(CALL_NAME),
    calls: [...calls.states.get()],
    callWindow: sources.callWindow.current.get(),
    waitingCalls: [...calls.waitingStates.get()],
    interruptedCall: calls.interrupted.view,
    ticketRequest: sources.ticketRequests.shown.get(),
    contacts: [...book.contacts.get()],
    callHistory: [...book.history.get()],
    connections: [...sources.connectionMonitor.states.get()],
    recents: [...preferences.recents.get()],
    settings: preferences.settings.get(),
    notices: [...preferences.notices.get(), ...book.notices.get()],
  };
}

/**
 * Calls `listener` whenever a source changes, except for bit rates, which are polled instead. Returns a function that
 * unsubscribes.
 */
export function onSnapshotChange(sources: SnapshotSources, listener: () => void): () => void {
  const { endpoint, preferences, book, calls } = sources;
  const scope = new Scope();
  for (const source of [
    endpoint.addr,
    endpoint.relayState,
    preferences.settings,
    preferences.recents,
    preferences.notices,
    calls.states,
    calls.waitingStates,
    calls.interrupted.state,
    sources.ticketRequests.shown,
    sources.callWindow.current,
    book.contacts,
    book.history,
    book.notices,
    sources.puller.states,
    sources.connectionMonitor.states,
  ]) {
    scope.own(source.subscribe(listener));
  }
  scope.own(sources.broadcasts.events.on('changed', listener));
  scope.own(sources.liveWindows.events.on('changed', listener));
  scope.own(sources.pushes.events.on('changed', listener));
  return () => void scope.close();
}
