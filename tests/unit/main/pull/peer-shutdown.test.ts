import { Path } from 'moq-net';
import { describe, expect, it } from 'vitest';
import { ReasonError } from '../../../../common/base/errors.ts';
import { formatTicket } from '../../../../common/ticket/ticket.ts';
import { viewerGrants, windowGrants } from '../../../../main/origin/grants.ts';
import { Origin } from '../../../../main/origin/origin.ts';
import { Session, type Transport } from '../../../../main/origin/session.ts';
import { Puller } from '../../../../main/pull/puller.ts';
import type { CloseReason } from '../../../../main/transport/close-reason.ts';
import { closeAfterEach } from '../../../support/own.ts';
import { attachClient, NumberedBroadcast, readNumbers, transportPair } from '../../../support/sessions.ts';
import { waitFor } from '../../../support/wait.ts';

const own = closeAfterEach();
const TICKET = formatTicket({
  endpointId: '8139770ea87d175f56a35466c34c7ecccb8d8a91b4ee37a25df60f5b8fc9b394',
  relayUrls: [],
  ipAddrs: ['192.0.2.1:1'],
  broadcastName: 'hello',
});

/** A transport that, like an iroh transport, can also report why it was closed. */
interface ClosableTransport extends Transport {
  closeReason?: () => CloseReason | undefined;
}

/** Pulls a friend's broadcast, and then ends the friend's session with `close` and makes the friend unreachable. */
async function pullUntilGone(close: CloseReason) {
  const friend = new Origin();
  const numbers = own(new NumberedBroadcast());
  friend.publish(Path.from('live/hello'), numbers.producer.consume(), { by: numbers, hasTrackInfo: true });
  let reachable = true;
  let server: Session | undefined;
  const dial = async (): Promise<Transport> => {
    if (!reachable) throw new ReasonError('offline', 'nobody there');
    const [client, remote] = transportPair();
    const options = { origin: friend, grants: viewerGrants('live'), label: 'viewer' };
    server = own(await Session.accept(remote, options));
    const transport: ClosableTransport = client;
    transport.closeReason = () => close;
    return transport;
  };
  const origin = new Origin();
  const puller = own(
    new Puller({
      origin,
      localId: 'a'.repeat(64),
      livePrefix: 'live',
      dial,
      failureOf: () => 'offline',
      backoff: { firstMs: 20, factor: 1, maxMs: 20 },
    }),
  );
  const window = await attachClient(origin, windowGrants('live'), {
    onPathRequest: (path, ended) => puller.want(path, ended),
  });
  own(window.client);
  own(window.session);
  const states: string[] = [];
  puller.states.subscribe(([pull]) => {
    if (pull && pull.state !== states.at(-1)) states.push(pull.state);
  });
  await readNumbers(window.client.consume(Path.from(TICKET)).subscribe('video'), 3);
  reachable = false;
  await server?.close(close.reason, close.code);
  return { states, comeBack: () => (reachable = true) };
}

// These tests close a pair of in-memory transports. tests/e2e/publisher-gone.test.ts tests real iroh connections.
describe('a publisher whose app exits', () => {
  it('is reported as stopped even while every dial fails, and is live again when it is back', async () => {
    const { states, comeBack } = await pullUntilGone({ by: 'remote', code: 0, reason: 'cancelled' });
    await waitFor('the end', () => states.at(-1) === 'ended');
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(states).not.toContain('failed');
    comeBack();
    await waitFor('the broadcast', () => states.at(-1) === 'live');
  });

  it('is not treated as stopped if its connection was lost', async () => {
    const { states } = await pullUntilGone({ by: 'transport', code: 0, reason: 'timed out' });
    await waitFor('a failure', () => states.at(-1) === 'failed');
    expect(states).not.toContain('ended');
  });
});
