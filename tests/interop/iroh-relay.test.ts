import { Path } from 'moq-net';
import { afterEach, describe, expect, it } from 'vitest';
import { formatTicket, parseTicket } from '../../common/ticket/ticket.ts';
import { closeApps, type RunningApp, startApp, windowOf } from '../support/apps.ts';
import { irohRelayProgram, startIrohRelay } from '../support/iroh-relay.ts';
import { stopPrograms } from '../support/processes.ts';
import { NumberedBroadcast, readNumbers } from '../support/sessions.ts';
import { freePort, waitFor } from '../support/wait.ts';

const publishers: NumberedBroadcast[] = [];
afterEach(async () => {
  for (const numbers of publishers.splice(0)) numbers.close();
  await closeApps();
  await stopPrograms();
});

async function state(app: RunningApp) {
  return app.core.handlers['app.state'](null, AbortSignal.timeout(30_000));
}

describe.skipIf(irohRelayProgram === undefined)('an app configured with iroh’s own relay', () => {
  it('starts without the relay, updates the ticket when it connects, and reaches peers through the relay', async () => {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}/`;
    const alice = await startApp({ irohRelay: url });
    const numbers = new NumberedBroadcast();
    publishers.push(numbers);
    (await windowOf(alice)).publish(Path.from('live/hello'), numbers.producer);
    const early = await waitFor('live', async () => (await state(alice)).broadcasts[0]?.ticket);
    expect(parseTicket(early).relayUrls).toEqual([]);
    expect((await state(alice)).irohRelay).toBe('connecting');
    const callTickets: string[] = [];
    alice.core.followCallTicket((ticket) => callTickets.push(ticket));

    await startIrohRelay(port);
    const late = await waitFor(
      'a ticket with the relay',
      async () => {
        const ticket = (await state(alice)).broadcasts[0]?.ticket;
        return ticket && parseTicket(ticket).relayUrls.length > 0 && ticket;
      },
      30_000,
    );
    expect(parseTicket(late).relayUrls).toEqual([url]);
    expect((await state(alice)).irohRelay).toBe('online');
    // A script that reads `--json` gets each ticket exactly once, no later than the next poll of the addresses.
    const liveEvents = alice.events.filter(({ event }) => event === 'live');
    expect(liveEvents).toEqual([
      { event: 'live', ticket: early, name: 'hello' },
      { event: 'live', ticket: late, name: 'hello' },
    ]);
    expect(callTickets.map((ticket) => parseTicket(ticket).relayUrls)).toEqual([[], [url]]);

    // The older ticket still works, and the new ticket works even if only its relay address is used.
    const bob = await startApp({ irohRelay: url });
    const bobs = await windowOf(bob);
    expect(await readNumbers(bobs.consume(Path.from(early)).subscribe('video'), 3)).toHaveLength(3);
    const carol = await startApp({ irohRelay: url });
    await waitFor('carol’s relay', async () => (await state(carol)).irohRelay === 'online', 30_000);
    const byRelay = formatTicket({ ...parseTicket(late), ipAddrs: [] });
    const carols = await windowOf(carol);
    expect(await readNumbers(carols.consume(Path.from(byRelay)).subscribe('video'), 3)).toHaveLength(3);
  }, 120_000);
});
