import { CALL_NAME, CALLS_PREFIX } from '../../common/bridge/bridge.ts';
import { findNormalTicket } from '../../common/ticket/find-ticket.ts';
import { parseTicket, TicketError } from '../../common/ticket/ticket.ts';
import { log } from '../base/log.ts';
import type { CallBook } from '../calls/call-book.ts';
import type { CallWindow } from '../calls/call-window.ts';
import type { Calls } from '../calls/calls.ts';
import type { LiveWindows } from '../live/live-windows.ts';
import type { Preferences } from '../live/preferences.ts';
import type { Puller } from '../pull/puller.ts';
import { checkRelay } from '../push/relay-check.ts';
import type { CoreHandlers } from './app-core.ts';
import type { AppStatePublisher } from './app-state-publisher.ts';
import type { JsonEvent } from './json-events.ts';
import type { TicketRequests } from './ticket-requests.ts';

/** The parts of the app that the handlers control. */
interface HandlerParts {
  statePublisher: AppStatePublisher;
  preferences: Preferences;
  book: CallBook;
  calls: Calls;
  callWindow: CallWindow;
  liveWindows: LiveWindows;
  puller: Puller;
  ticketRequests: TicketRequests;
}

/** Creates handlers for the bridge methods that the application implements. `emit` receives their JSON events. */
export function coreHandlers(parts: HandlerParts, emit: (event: JsonEvent) => void): CoreHandlers {
  const { statePublisher, preferences, book, calls, callWindow, liveWindows, puller, ticketRequests } = parts;
  return {
    'app.state': async () => statePublisher.current(),
    'settings.change': (change) => preferences.changeSettings(dropUndefined(change)),
    'recents.touch': ({ ticket }) => nullAfter(preferences.touchRecent(ticket)),
    'recents.rename': ({ ticket, label }) => nullAfter(preferences.renameRecent(ticket, label)),
    'recents.remove': ({ ticket }) => nullAfter(preferences.removeRecent(ticket)),
    'pull.retry': async ({ ticket }) => nullFrom(() => puller.retry(ticket)),
    'relay.check': ({ url }, signal) => checkRelay(url, signal),
    'ticket.request': async ({ ticket }) =>
      nullFrom(() => ticketRequests.add(findNormalTicket(ticket), 'drop')),
    'ticket.confirm': async ({ id }) =>
      nullFrom(() =>
        ticketRequests.confirm(id, ({ ticket, origin }) => {
          if (parseTicket(ticket).broadcastName === CALL_NAME) calls.dial(ticket, origin);
        }),
      ),
    'ticket.discard': async ({ id }) => nullFrom(() => ticketRequests.discard(id)),
    'call.dial': async ({ ticket }) => ({ id: calls.dial(ticket, 'user') }),
    'call.redialInterrupted': async () => ({ id: calls.redialInterrupted() }),
    'call.dismissInterrupted': async () => nullFrom(() => calls.interrupted.dismiss()),
    'call.accept': async ({ id }) => nullFrom(() => calls.accept(id)),
    'call.decline': async ({ id }) => nullFrom(() => calls.decline(id)),
    'call.hangUp': async ({ id }) => nullFrom(() => calls.hangUp(id)),
    'call.dismiss': async ({ id }) => nullFrom(() => calls.dismiss(id)),
    'live.claim': async ({ window, name }) => nullFrom(() => liveWindows.claim(name, window)),
    'call.claim': async ({ window, takeOver }, _signal, gone) =>
      nullFrom(() => callWindow.claim(window, takeOver, gone)),
    'call.status': async ({ id, ...status }) => nullFrom(() => calls.updateStatus(id, status)),
    'contacts.change': (contact) => nullAfter(book.changeContact(contact)),
    'history.remove': ({ id }) => nullAfter(book.removeRecord(id)),
    'watch.rendition': async ({ path, from, to, reason }) => {
      const peer = peerOfPath(path, calls);
      if (peer !== undefined) emit({ event: 'rendition', peer, from, to, reason });
      return null;
    },
    'app.fault': async ({ message }) => {
      log.error(`window: ${message}`);
      emit({ event: 'error', message });
      return null;
    },
  };
}

/**
 * Returns the endpoint id of the peer that publishes at an Origin path; undefined if the path belongs to neither a
 * ticket nor a call.
 */
function peerOfPath(path: string, calls: Calls): string | undefined {
  const [prefix, id] = path.split('/');
  if (prefix === CALLS_PREFIX) return calls.states.get().find((call) => call.id === id)?.peer;
  try {
    return parseTicket(path).endpointId;
  } catch (error) {
    if (error instanceof TicketError) return undefined;
    throw error;
  }
}

function nullFrom(act: () => void): null {
  act();
  return null;
}

async function nullAfter(work: Promise<void>): Promise<null> {
  await work;
  return null;
}

/** Removes fields whose value is undefined, so that they do not overwrite existing values. */
function dropUndefined<T extends object>(value: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
