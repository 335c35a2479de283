import { Path } from 'moq-net';
import { expect, it } from 'vitest';
import { closeAfterEach } from '../support/own.ts';
import { type Client, overWebSocket, startRelay, waitUntilAnnounced } from '../support/relays.ts';
import { NumberedBroadcast, readNumbers } from '../support/sessions.ts';
import { waitFor } from '../support/wait.ts';

/** Tests a relay that pulls its broadcasts from another relay. All relays are real and run in this process. */
const own = closeAfterEach();

it('a publisher counts the viewers behind a relay that pulls from the relay to which it publishes', async () => {
  const first = own(await startRelay(['--public', '*']));
  const second = own(await startRelay(['--allow-pull', '--allow-private-addresses']));
  const source = own(new NumberedBroadcast());
  source.countsViewers = true;
  const publisher = own(await overWebSocket(first.relay.http));
  publisher.established.publish(Path.from('one'), source.producer);
  const watch = async (http: string, path: string): Promise<Client> => {
    const client = own(await overWebSocket(http));
    await waitUntilAnnounced(client, path);
    await readNumbers(client.established.consume(Path.from(path)).subscribe('video'), 2);
    return client;
  };
  await watch(first.relay.http, 'one');
  await waitFor('the viewer of the first relay', () => source.reportedViewers === 1);
  const ticket = first.relay.ticketFor('one');
  const nested = [
    await watch(second.relay.http, ticket),
    await watch(second.relay.http, ticket),
    await watch(second.relay.http, ticket),
  ];
  await waitFor('the viewers of both relays', () => source.reportedViewers === 4);
  await nested[0]?.close();
  await waitFor('the viewers that are left', () => source.reportedViewers === 3);
  // The first relay has two sessions that read the broadcast, and this is what it reports to its operator.
  expect(await (await fetch(first.metricsUrl())).text()).toMatch(/^iroh_live_relay_viewers 2$/m);
}, 30_000);
