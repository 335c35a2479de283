import { randomBytes } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, describe, expect, it } from 'vitest';
import type { DisconnectReason } from '../../common/bridge/bridge.ts';
import { parseTicket } from '../../common/ticket/ticket.ts';
import { type CloseInfo, disconnectReason } from '../../main/calls/disconnect.ts';
import { bindEndpoint } from '../../main/endpoint/bind.ts';
import { LiveEndpoint } from '../../main/endpoint/endpoint.ts';
import { parseCloseReason } from '../../main/transport/close-reason.ts';
import type { IrohTransport } from '../../main/transport/iroh.ts';
import { newDataDir } from '../support/apps.ts';
import { run, stopPrograms } from '../support/processes.ts';
import { freePort, waitFor } from '../support/wait.ts';

/**
 * Compares the close reasons of real iroh connections with iroh-live's DisconnectReason.
 * tests/unit/main/calls/disconnect.test.ts covers those that a test cannot provoke, such as an error in the
 * peer's QUIC stack.
 */
const endpoints: LiveEndpoint[] = [];
afterEach(async () => {
  await stopPrograms();
  await Promise.all(endpoints.splice(0).map((endpoint) => endpoint.close()));
});

async function open(bind = '127.0.0.1:0'): Promise<LiveEndpoint> {
  const endpoint = await LiveEndpoint.open({ secretKey: randomBytes(32), bind, relay: 'disabled' });
  endpoints.push(endpoint);
  return endpoint;
}

interface Pair {
  near: LiveEndpoint;
  far: LiveEndpoint;
  client: IrohTransport;
  server: IrohTransport;
}

async function pair(): Promise<Pair> {
  const [near, far] = await Promise.all([open(), open()]);
  const incoming = new Promise<IrohTransport>((resolve) => {
    far.onConnection(({ transport }) => resolve(transport));
  });
  const client = await near.connect({ endpointId: far.id, ...far.addr.get() });
  return { near, far, client, server: await incoming };
}

async function closeOf(transport: IrohTransport): Promise<CloseInfo | undefined> {
  await transport.closed;
  return transport.closeReason();
}

describe('the close reason of a connection', () => {
  it.each<[string, (pair: Pair) => unknown, DisconnectReason, DisconnectReason, Partial<CloseInfo>]>([
    [
      'hang-up',
      ({ client }) => client.close({ closeCode: 0, reason: 'call ended' }),
      'LocalClose',
      'RemoteClose',
      { code: 0, reason: 'call ended' },
    ],
    [
      'rejection',
      ({ client }) => client.close({ closeCode: 1, reason: 'rejected' }),
      'LocalClose',
      'RemoteClose',
      { code: 1, reason: 'rejected' },
    ],
    [
      'hang-up by the peer',
      ({ server }) => server.close({ closeCode: 0, reason: 'call ended' }),
      'RemoteClose',
      'LocalClose',
      { code: 0, reason: 'call ended' },
    ],
    [
      'close without a reason',
      ({ client }) => client.close({ closeCode: 7 }),
      'LocalClose',
      'RemoteClose',
      { code: 7, reason: '' },
    ],
    ['shutdown', ({ near }) => near.close(), 'LocalClose', 'RemoteClose', { code: 0, reason: 'cancelled' }],
  ])('%s', async (_what, end, client, server, info) => {
    const made = await pair();
    void end(made);
    const [near, far] = await Promise.all([closeOf(made.client), closeOf(made.server)]);
    expect([disconnectReason(near), disconnectReason(far)]).toEqual([client, server]);
    expect(near).toMatchObject(info);
    expect(far).toMatchObject(info);
  });

  it('is a timeout if the peer’s process was killed', async () => {
    const bind = `127.0.0.1:${await freePort()}`;
    const program = run(process.execPath, ['tests/support/call-child.ts', await newDataDir(), bind]);
    const lines: string[] = [];
    program.onLine((line) => lines.push(line));
    const line = await waitFor('ticket', () => lines[0], 10_000);
    const near = await open();
    const client = await near.connect(parseTicket((JSON.parse(line) as { ticket: string }).ticket));
    await program.stop('SIGKILL');
    const close = await closeOf(client);
    expect(close).toMatchObject({ by: 'transport', reason: expect.stringMatching(/timed out/) });
    expect(disconnectReason(close)).toBe('TransportError');
  }, 60_000);

  it('is a reset if a new process with the peer’s port and key does not know the connection', async () => {
    const port = await freePort();
    const bind = `127.0.0.1:${port}`;
    const dataDir = await newDataDir();
    const start = async () => {
      const program = run(process.execPath, ['tests/support/call-child.ts', dataDir, bind]);
      const lines: string[] = [];
      program.onLine((line) => lines.push(line));
      const line = await waitFor('ticket', () => lines[0], 10_000);
      return { program, ticket: (JSON.parse(line) as { ticket: string }).ticket };
    };
    const first = await start();
    const near = await open();
    const client = await near.connect(parseTicket(first.ticket));
    await first.program.stop('SIGKILL');
    await start();
    const close = await closeOf(client);
    // A stateless reset needs a key that outlives the process. Without such a key, the connection times out.
    expect(['reset by peer', 'timed out']).toContain(close?.reason);
    expect(disconnectReason(close)).toBe(close?.reason === 'timed out' ? 'TransportError' : 'RemoteClose');
  }, 60_000);

  it('is known for an endpoint that is garbage-collected while its connection is open', async () => {
    const options = { relay: 'disabled', bind: '127.0.0.1:0', alpns: ['x'] };
    const far = await bindEndpoint({ ...options, secretKey: randomBytes(32) });
    const accepting = far.acceptNext().then(async (incoming) => (await incoming?.accept())?.connect());
    // Only the connection refers to this endpoint, and an iroh connection does not keep its endpoint from
    // being garbage-collected.
    const near = await bindEndpoint({ ...options, secretKey: randomBytes(32) }).then((endpoint) =>
      endpoint.connect(far.addr(), Array.from(Buffer.from('x'))),
    );
    const accepted = await accepting;
    if (!accepted) throw new Error('not accepted');
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const timer = setInterval(collect, 200);
    const [here, other] = await Promise.all([near.closed(), accepted.closed()]);
    clearInterval(timer);
    await far.close();
    expect(disconnectReason(parseCloseReason(here))).toBe('LocalClose');
    expect(['RemoteClose', 'TransportError']).toContain(disconnectReason(parseCloseReason(other)));
  }, 60_000);
});
