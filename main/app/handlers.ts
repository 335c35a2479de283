import { CALLS_PREFIX } from '../../common/bridge/bridge.ts';
import { parseTicket, TicketError } from '../../common/ticket/ticket.ts';
import { log } from '../base/log.ts';
import type { CallBook } from '../calls/call-book.ts';
import type { Calls } from '../calls/calls.ts';
import type { CallHolder } from '../calls/holder.ts';
import type { AppStateView } from '../live/app-state-publisher.ts';
import type { Memory } from '../live/preferences.ts';
import { checkRelay } from '../live/relay-check.ts';
import type { Puller } from '../pull/puller.ts';
import type { CoreHandlers } from './app-core.ts';
import type { JsonEvent } from './json-events.ts';

export interface HandlerParts {
  view: AppStateView;
  memory: Memory;
  book: CallBook;
  calls: Calls;
  callHolder: CallHolder;
  puller: Puller;
}

/** What the window asks for, and who does it. `tell` hears what scripts are told of it. */
export function coreHandlers(parts: HandlerParts, tell: (event: JsonEvent) => void): CoreHandlers {
  const { view, memory, book, calls, callHolder, puller } = parts;
  return {
    'app.state': async () => view.fresh(),
    'settings.change': (change) => memory.changeSettings(dropUndefined(change)),
    'recents.touch': ({ ticket }) => done(memory.touchRecent(ticket)),
    'recents.rename': ({ ticket, label }) => done(memory.renameRecent(ticket, label)),
    'recents.remove': ({ ticket }) => done(memory.removeRecent(ticket)),
    'pull.retry': async ({ ticket }) => nothing(() => puller.retry(ticket)),
    'relay.check': ({ url }, signal) => checkRelay(url, signal),
    'call.dial': async ({ ticket }) => ({ id: calls.dial(ticket) }),
    'call.accept': async ({ id }) => nothing(() => calls.accept(id)),
    'call.decline': async ({ id }) => nothing(() => calls.decline(id)),
    'call.hangUp': async ({ id }) => nothing(() => calls.hangUp(id)),
    'call.dismiss': async ({ id }) => nothing(() => calls.dismiss(id)),
    'call.claim': async ({ window, takeOver: take }, _signal, gone) =>
      nothing(() => callHolder.hold(window, take, gone)),
    'call.status': async ({ id, ...status }) => nothing(() => calls.tell(id, status)),
    'contacts.change': (contact) => done(book.changeContact(contact)),
    'history.remove': ({ id }) => done(book.removeRecord(id)),
    'watch.rendition': async ({ path, from, to, reason }) => {
      const peer = peerAt(path, calls);
      if (peer !== undefined) tell({ event: 'rendition', peer, from, to, reason });
      return null;
    },
    'app.fault': async ({ message }) => {
      log.error(`window: ${message}`);
      tell({ event: 'error', message });
      return null;
    },
  };
}

/** Whose broadcast an Origin path is: a ticket's, or a call's. */
function peerAt(path: string, calls: Calls): string | undefined {
  const [prefix, id] = path.split('/');
  if (prefix === CALLS_PREFIX) return calls.states.get().find((call) => call.id === id)?.peer;
  try {
    return parseTicket(path).endpointId;
  } catch (error) {
    if (error instanceof TicketError) return undefined;
    throw error;
  }
}

function nothing(act: () => void): null {
  act();
  return null;
}

async function done(work: Promise<void>): Promise<null> {
  await work;
  return null;
}

/** Fields that are not in the change stay as they are. */
function dropUndefined<T extends object>(value: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
