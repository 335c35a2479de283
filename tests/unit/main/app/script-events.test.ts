import { Broadcast, Path } from 'moq-net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Store } from '../../../../common/base/store.ts';
import type { JsonEvent } from '../../../../main/app/json-events.ts';
import { emitScriptEvents } from '../../../../main/app/script-events.ts';
import { TicketRequests } from '../../../../main/app/ticket-requests.ts';
import { Broadcasts } from '../../../../main/live/broadcasts.ts';
import { Origin } from '../../../../main/origin/origin.ts';
import type { Puller } from '../../../../main/pull/puller.ts';

/** Tests the events of broadcasts with a real Origin. The endpoint's addresses and the pulls are fake. */
let origin: Origin;
let addr: Store<string>;
let events: JsonEvent[];
let stop: () => void;

beforeEach(() => {
  origin = new Origin();
  addr = new Store('lan');
  events = [];
  const broadcasts = new Broadcasts(origin, 'live');
  const puller = { states: new Store([]) } as unknown as Puller;
  const ticketFor = (name: string) => `${addr.get().split(' ')[0]}/${name}`;
  const ticketRequests = new TicketRequests();
  const unsubscribe = emitScriptEvents({ broadcasts, puller, ticketRequests, addr, ticketFor }, (event) =>
    events.push(event),
  );
  stop = () => {
    unsubscribe();
    broadcasts.close();
    ticketRequests.close();
  };
});
afterEach(() => stop());

const publish = (name: string) =>
  origin.publish(Path.from(`live/${name}`), new Broadcast.Producer().consume(), {
    by: {},
    hasTrackInfo: true,
  });
const live = (ticket: string, name: string): JsonEvent => ({ event: 'live', ticket, name });

it('`live` is printed again only when the ticket has changed', () => {
  publish('a');
  addr.set('lan with the same ticket');
  addr.set('relay');
  expect(events).toEqual([live('lan/a', 'a'), live('relay/a', 'a')]);
});

it('`live` is not printed again for a broadcast that has ended', () => {
  const ended = publish('a');
  publish('b');
  ended.close();
  addr.set('relay');
  expect(events).toEqual([
    live('lan/a', 'a'),
    live('lan/b', 'b'),
    { event: 'ended', name: 'a' },
    live('relay/b', 'b'),
  ]);
});

it('nothing is printed after the end', () => {
  publish('a');
  stop();
  addr.set('relay');
  expect(events).toEqual([live('lan/a', 'a')]);
});
