import { generate, load, sign } from '@moq/token';
import type { Path } from 'moq-net';
import { afterEach, describe, expect, it } from 'vitest';
import { formatTicket } from '../../../../../common/ticket/ticket.ts';
import { type AuthOptions, Authorizer } from '../../../../../main/relay/auth.ts';
import { ClusterAuth } from '../../../../../main/relay/cluster/cluster-auth.ts';
import { waitFor } from '../../../../support/wait.ts';

const SECRET = 'f'.repeat(32);
/** Any valid key will do: nobody is called here. */
const FRIEND = '8a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c';
const SELF = '8139770ea87d175f56a35466c34c7ecccb8d8a91b4ee37a25df60f5b8fc9b394';
const ticketTo = (endpointId: string, broadcastName = 'hello') =>
  formatTicket({ endpointId, relayUrls: [], ipAddrs: ['127.0.0.1:1'], broadcastName });

let opened: ClusterAuth | undefined;
afterEach(() => opened?.close());

function start(given: Partial<AuthOptions> = {}, forgetMs = 60_000) {
  const wants: { client: string; ticket: Path.Valid; ended: AbortSignal }[] = [];
  const auth = new Authorizer({ key: null, publicRead: [], publicPublish: [], allowPull: true, ...given });
  opened = new ClusterAuth({
    secret: SECRET,
    auth,
    localId: SELF,
    forgetMs,
    onRefused: () => undefined,
    want: async (client, ticket, ended) => void wants.push({ client, ticket, ended }),
  });
  const cluster = opened;
  let id = 0;
  const ask = (
    event: 'connect' | 'revalidate' | 'end',
    query: Record<string, string>,
    path = '/',
    as?: string,
  ) =>
    cluster.decide({
      ...{ id: as ?? `session ${++id}`, event, path, query: new URLSearchParams(query).toString() },
      remote: '192.0.2.7:5555',
    });
  return { cluster, wants, ask };
}

describe('what the edges of a cluster are answered', () => {
  it('a ticket is read by whoever names it, and wanted until the session ends', async () => {
    const { cluster, wants, ask } = start();
    const ticket = ticketTo(FRIEND);
    const grant = await ask('connect', { name: ticket }, '/', 'a');
    expect(grant).toMatchObject({ publish: [], subscribe: [ticket], revalidate: 15 });
    expect(grant?.mounts).toBeUndefined();
    expect(wants).toMatchObject([{ client: '192.0.2.7', ticket }]);
    await ask('revalidate', { name: ticket }, '/', 'a');
    expect(wants).toHaveLength(1);
    expect(wants[0]?.ended.aborted).toBe(false);
    await ask('end', { name: ticket }, '/', 'a');
    expect(wants[0]?.ended.aborted).toBe(true);
    expect(cluster.wanted).toBe(0);
  });

  it('other spellings, and tickets below another root, are led to where the cluster has it', async () => {
    const { ask } = start();
    const ticket = ticketTo(FRIEND);
    const short = ticket.replace('iroh-live:', '');
    expect(await ask('connect', { name: short })).toMatchObject({
      subscribe: [short],
      mounts: { [short]: ticket },
    });
    expect(await ask('connect', { name: ticket }, '/rooms')).toMatchObject({ mounts: { [ticket]: ticket } });
  });

  it('a relay that was restarted knows at the next question what is wanted', async () => {
    const { wants, ask } = start();
    await ask('revalidate', { name: ticketTo(FRIEND) }, '/', 'from before');
    expect(wants).toHaveLength(1);
  });

  it('an edge that fell silent wants nothing any more', async () => {
    const { wants, ask } = start({}, 50);
    await ask('connect', { name: ticketTo(FRIEND) });
    await waitFor('forgotten', () => wants[0]?.ended.aborted === true);
  });

  it('its own tickets are what is published here, for those who may read it', async () => {
    const { wants, ask } = start({ publicRead: ['rooms'] });
    const ticket = ticketTo(SELF, 'rooms/one');
    expect(await ask('connect', { name: ticket })).toMatchObject({
      subscribe: ['rooms', 'rooms/**', ticket],
      mounts: { [ticket]: 'rooms/one' },
    });
    expect((await ask('connect', { name: ticketTo(SELF, 'secret') }))?.subscribe).toEqual([
      'rooms',
      'rooms/**',
    ]);
    expect(wants).toEqual([]);
  });

  it('a token says the same there as here, and until when', async () => {
    const key = load(JSON.stringify(await generate('HS256')));
    const { wants, ask } = start({ key: key as NonNullable<AuthOptions['key']>, allowPull: false });
    const endS = Math.floor(Date.now() / 1000) + 60;
    const jwt = await sign(key, { root: 'demo', get: ['a'], put: ['b'], exp: endS });
    expect(await ask('connect', { jwt }, '/demo')).toEqual({
      ...{ publish: ['b', 'b/**'], subscribe: ['a', 'a/**'], revalidate: 15, expires: endS },
    });
    // Not without leave to have tickets pulled.
    await ask('connect', { jwt, name: ticketTo(FRIEND) }, '/demo');
    expect(wants).toEqual([]);
  });

  it('nobody may publish at the path of a ticket, nor so widely that tickets are below', async () => {
    const { ask } = start({ publicRead: ['rooms'], publicPublish: [''] });
    const ticket = ticketTo(FRIEND);
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
    ['the token is nonsense', { jwt: 'nonsense', name: ticketTo(FRIEND) }, '/'],
    ['the name would be a pattern', { name: ticketTo(FRIEND, 'a/**') }, '/'],
    ['the secret is wrong', { secret: 'wrong' }, '/'],
    ['the path is none', { name: ticketTo(FRIEND) }, `/${'a'.repeat(2000)}`],
  ])('refused: %s', async (_why, query, path) => {
    const { wants, ask } = start();
    expect(await ask('connect', query, path)).toBeUndefined();
    expect(wants).toEqual([]);
  });

  it('whoever has the secret is a relay of the cluster', async () => {
    const { ask } = start({ allowPull: false });
    expect(await ask('connect', { secret: SECRET })).toEqual({
      publish: ['**'],
      subscribe: ['**'],
      peer: true,
    });
  });
});
