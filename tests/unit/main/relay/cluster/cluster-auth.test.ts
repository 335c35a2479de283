import { generate, load, sign } from '@moq/token';
import type { Path } from 'moq-net';
import { afterEach, describe, expect, it } from 'vitest';
import { formatTicket } from '../../../../../common/ticket/ticket.ts';
import { type AuthOptions, Authorizer } from '../../../../../main/relay/access/auth.ts';
import { importVerifyingKey } from '../../../../../main/relay/access/keys.ts';
import { ClusterAuth } from '../../../../../main/relay/cluster/cluster-auth.ts';
import { waitFor } from '../../../../support/wait.ts';

const SECRET = 'f'.repeat(32);
/** Any valid id will do, because no peer is dialed in these tests. */
const PEER = '8a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c';
const SELF = '8139770ea87d175f56a35466c34c7ecccb8d8a91b4ee37a25df60f5b8fc9b394';
const ticketTo = (endpointId: string, broadcastName = 'hello') =>
  formatTicket({ endpointId, relayUrls: [], ipAddrs: ['127.0.0.1:1'], broadcastName });

let opened: ClusterAuth | undefined;
afterEach(() => opened?.close());

function start(given: Partial<AuthOptions> = {}, pullTimeoutMs = 60_000) {
  const pulls: { client: string; ticket: Path.Valid; ended: AbortSignal }[] = [];
  const auth = new Authorizer({
    keys: () => [],
    publicRead: [],
    publicPublish: [],
    allowPull: true,
    ...given,
  });
  opened = new ClusterAuth({
    secret: SECRET,
    auth,
    localId: SELF,
    pullTimeoutMs,
    onRefused: () => undefined,
    pull: async (client, ticket, ended) => void pulls.push({ client, ticket, ended }),
  });
  const cluster = opened;
  let id = 0;
  const ask = (
    event: 'connect' | 'revalidate' | 'end',
    query: Record<string, string>,
    path = '/',
    as?: string,
  ) =>
    cluster.authorize({
      ...{ id: as ?? `session ${++id}`, event, path, query: new URLSearchParams(query).toString() },
      remote: '192.0.2.7:5555',
    });
  return { cluster, pulls, ask };
}

describe('authorization for the edges of a cluster', () => {
  it('grants the ticket that a session’s URL names, and pulls it until the session ends', async () => {
    const { cluster, pulls, ask } = start();
    const ticket = ticketTo(PEER);
    const grant = await ask('connect', { name: ticket }, '/', 'a');
    expect(grant).toMatchObject({ publish: [], subscribe: [ticket], revalidate: 15 });
    expect(grant?.mounts).toBeUndefined();
    expect(pulls).toMatchObject([{ client: '192.0.2.7', ticket }]);
    await ask('revalidate', { name: ticket }, '/', 'a');
    expect(pulls).toHaveLength(1);
    expect(pulls[0]?.ended.aborted).toBe(false);
    await ask('end', { name: ticket }, '/', 'a');
    expect(pulls[0]?.ended.aborted).toBe(true);
    expect(cluster.pullCount).toBe(0);
  });

  it('maps other spellings of a ticket, and tickets under another root, to their path in the cluster', async () => {
    const { ask } = start();
    const ticket = ticketTo(PEER);
    const short = ticket.replace('iroh-live:', '');
    expect(await ask('connect', { name: short })).toMatchObject({
      subscribe: [short],
      mounts: { [short]: ticket },
    });
    expect(await ask('connect', { name: ticket }, '/rooms')).toMatchObject({ mounts: { [ticket]: ticket } });
  });

  it('starts the pull at the next revalidation after a restart', async () => {
    const { pulls, ask } = start();
    await ask('revalidate', { name: ticketTo(PEER) }, '/', 'from before');
    expect(pulls).toHaveLength(1);
  });

  it('ends the pull when an edge stops revalidating', async () => {
    const { pulls, ask } = start({}, 50);
    await ask('connect', { name: ticketTo(PEER) });
    await waitFor('the pull ends', () => pulls[0]?.ended.aborted === true);
  });

  it('maps tickets of this relay’s own endpoint to its broadcasts, if the session may read them', async () => {
    const { pulls, ask } = start({ publicRead: ['rooms'] });
    const ticket = ticketTo(SELF, 'rooms/one');
    expect(await ask('connect', { name: ticket })).toMatchObject({
      subscribe: ['rooms', 'rooms/**', ticket],
      mounts: { [ticket]: 'rooms/one' },
    });
    expect((await ask('connect', { name: ticketTo(SELF, 'secret') }))?.subscribe).toEqual([
      'rooms',
      'rooms/**',
    ]);
    expect(pulls).toEqual([]);
  });

  it('gives a token the same permissions as on this relay, with its expiry', async () => {
    const key = load(JSON.stringify(await generate('HS256')));
    const verifying = await importVerifyingKey(key);
    const { pulls, ask } = start({ keys: () => [verifying], allowPull: false });
    const endS = Math.floor(Date.now() / 1000) + 60;
    const jwt = await sign(key, { root: 'demo', get: ['a'], put: ['b'], exp: endS });
    expect(await ask('connect', { jwt }, '/demo')).toEqual({
      ...{ publish: ['b', 'b/**'], subscribe: ['a', 'a/**'], revalidate: 15, expires: endS },
    });
    // The token does not allow pulling tickets.
    await ask('connect', { jwt, name: ticketTo(PEER) }, '/demo');
    expect(pulls).toEqual([]);
  });

  it('does not allow publishing at a ticket’s path or under a prefix that covers tickets', async () => {
    const { ask } = start({ publicRead: ['rooms'], publicPublish: [''] });
    const ticket = ticketTo(PEER);
    const publishOf = async (path: string) => (await ask('connect', { name: ticket }, path))?.publish;
    expect(await publishOf('/')).toEqual([]);
    expect(await publishOf('/rooms')).toEqual(['**']);
    expect(await publishOf('/elsewhere')).toEqual(['**']);
    expect(await publishOf(`/${ticket}`)).toEqual([]);
    expect(await publishOf(`/${ticket.replace(/\/hello$/, '')}`)).toEqual([]);
    expect(await publishOf(`/${ticket}/below`)).toEqual([]);
  });

  it.each([
    ['nothing is public', { name: 'hello' }, '/'],
    ['the token is nonsense', { jwt: 'nonsense', name: ticketTo(PEER) }, '/'],
    ['the name would be a pattern', { name: ticketTo(PEER, 'a/**') }, '/'],
    ['the secret is wrong', { secret: 'wrong' }, '/'],
    ['the path is invalid', { name: ticketTo(PEER) }, `/${'a'.repeat(2000)}`],
  ])('refuses a session if %s', async (_why, query, path) => {
    const { pulls, ask } = start();
    expect(await ask('connect', query, path)).toBeUndefined();
    expect(pulls).toEqual([]);
  });

  it('treats a session with the secret as a relay of the cluster', async () => {
    const { ask } = start({ allowPull: false });
    expect(await ask('connect', { secret: SECRET })).toEqual({
      publish: ['**'],
      subscribe: ['**'],
      peer: true,
    });
  });
});
