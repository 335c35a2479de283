import { Path } from 'moq-net';
import { expect, it } from 'vitest';
import { formatTicket, type Ticket } from '../../../../../common/ticket/ticket.ts';
import { Origin } from '../../../../../main/origin/origin.ts';
import { DEFAULT_LIMITS } from '../../../../../main/relay/access/limits.ts';
import { RelayPulls } from '../../../../../main/relay/pulls/pulls.ts';
import { sleep, waitFor } from '../../../../support/wait.ts';

it('reports many changes together, and none after it is closed', async () => {
  const pulls = new RelayPulls({
    origin: new Origin(),
    localId: '',
    dial: () => Promise.reject(new Error('not dialled in this test')),
    failureOf: () => 'offline',
    releaseMs: 100,
    limits: { ...DEFAULT_LIMITS, pullsPerClient: 0 },
    onEvent: () => undefined,
    onRefused: () => undefined,
  });
  let changes = 0;
  pulls.onChange(() => {
    changes += 1;
  });
  const ticket = (broadcastName: string): Ticket => ({
    endpointId: '8a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c',
    relayUrls: [],
    ipAddrs: ['127.0.0.1:1'],
    broadcastName,
  });
  const pull = (name: string) =>
    pulls.pull('c', Path.from(formatTicket(ticket(name))), new AbortController().signal);
  for (let i = 0; i < 100; i += 1) await pull(`n${i}`);
  await waitFor('the changes are reported', () => changes > 0);
  expect(changes).toBe(1);
  const access = { root: Path.empty(), read: [], publish: [], pull: true, expiresAtMs: null, token: null };
  expect(pulls.report(ticket('n7'), access)?.failure).toBe('overloaded');
  await pull('late');
  await pulls.close();
  await sleep(100);
  expect(changes).toBe(1);
});
