import { randomBytes } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import type { PeerAddr } from '../../common/ticket/ticket.ts';
import { LiveEndpoint } from '../../main/endpoint/endpoint.ts';
import type { IrohTransport } from '../../main/transport/iroh.ts';
import { irohRelayProgram, startDeafeningProxy, startIrohRelay } from '../support/iroh-relay.ts';
import { closeAfterEach } from '../support/own.ts';
import { stopPrograms } from '../support/processes.ts';
import { waitFor } from '../support/wait.ts';

/** Attackers behind a real iroh relay try to lock out everyone else who connects through that relay. */

const own = closeAfterEach();
const open: LiveEndpoint[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((endpoint) => endpoint.close()));
  await stopPrograms();
});

/** Number of attackers. Together, they use up the limit of 32 handshakes. */
const ATTACKERS = 9;
const DIALS_PER_ATTACKER = 8;

/** Opens an endpoint and waits until its relay has accepted it. */
async function openAt(relay: string, isContact: (id: string) => boolean = () => false) {
  const options = { secretKey: randomBytes(32), bind: '127.0.0.1:0', alpns: ['moq-lite-05'] };
  const endpoint = await LiveEndpoint.open({ ...options, relay, isContact });
  open.push(endpoint);
  await waitFor('the relay', () => endpoint.relayState.get() === 'online', 30_000);
  return endpoint;
}

/** Connects through the relay only. Resolves to undefined if the attempt is refused. */
const tryToConnect = (from: LiveEndpoint, to: PeerAddr): Promise<IrohTransport | undefined> =>
  from.connect(to).catch(() => undefined);

describe.skipIf(irohRelayProgram === undefined)('handshakes through an iroh relay that never finish', () => {
  it('shut out neither contacts nor, for long, other peers', async () => {
    const relay = await startIrohRelay();
    const proxy = own(await startDeafeningProxy(relay));
    const friends: string[] = [];
    const victim = await openAt(relay, (id) => friends.includes(id));
    const target = { endpointId: victim.id, relayUrls: [relay], ipAddrs: [] };
    victim.onConnection(() => undefined);
    const [friend, stranger] = [await openAt(relay), await openAt(relay)];
    friends.push(friend.id);
    const attackers = await Promise.all(Array.from({ length: ATTACKERS }, () => openAt(proxy.url)));

    proxy.deafen();
    const viaProxy = { ...target, relayUrls: [proxy.url] };
    const attack = attackers.flatMap((attacker) =>
      Array.from({ length: DIALS_PER_ATTACKER }, () => tryToConnect(attacker, viaProxy)),
    );
    // The attackers now occupy all slots for strangers behind iroh relays.
    await waitFor('a refusal', async () => {
      const transport = await tryToConnect(stranger, target);
      transport?.close();
      return transport === undefined;
    });

    expect(await tryToConnect(friend, target), 'the contact').toBeDefined();
    expect(
      await waitFor('the stranger', () => tryToConnect(stranger, target), 15_000),
      'the stranger',
    ).toBeDefined();
    expect((await Promise.all(attack)).filter((transport) => transport)).toEqual([]);
  }, 60_000);
});
