import { Path } from 'moq-net';
import { expect, it } from 'vitest';
import { formatTicket } from '../../../../common/ticket/ticket.ts';
import { Origin } from '../../../../main/origin/origin.ts';
import { DEFAULT_LIMITS } from '../../../../main/relay/limits.ts';
import { RelayPulls } from '../../../../main/relay/pulls.ts';
import { sleep, waitFor } from '../../../support/wait.ts';

it('tells many changes as one, and none after the end', async () => {
  const pulls = new RelayPulls({
    origin: new Origin(),
    localId: '',
    dial: () => Promise.reject(new Error('nobody is called here')),
    failureOf: () => 'offline',
    releaseMs: 100,
    limits: { ...DEFAULT_LIMITS, pullsPerClient: 0 },
    onEvent: () => undefined,
    onRefused: () => undefined,
  });
  let told = 0;
  pulls.onChange(() => {
    told += 1;
  });
  const ticket = (name: string) =>
    formatTicket({
      endpointId: '8a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c',
      relayUrls: [],
      ipAddrs: ['127.0.0.1:1'],
      broadcastName: name,
    });
  for (let i = 0; i < 100; i += 1) {
    await pulls.want('c', Path.from(ticket(`n${i}`)), new AbortController().signal);
  }
  await waitFor('they are told', () => told > 0);
  expect(told).toBe(1);
  expect(pulls.report(ticket('n7')).failure).toBe('overloaded');
  await pulls.want('c', Path.from(ticket('late')), new AbortController().signal);
  await pulls.close();
  await sleep(100);
  expect(told).toBe(1);
});
