import { expect, test } from 'vitest';
import { withNewer } from '../../../../main/endpoint/known-addr.ts';

const peer = 'a'.repeat(64);

test('what was learnt last comes first, nothing is there twice, and the oldest go', () => {
  const known = { endpointId: peer, relayUrls: ['https://old/'], ipAddrs: ['10.0.0.1:1', '10.0.0.2:2'] };
  const newer = { endpointId: peer, relayUrls: [], ipAddrs: ['10.0.0.3:3', '10.0.0.2:2'] };
  expect(withNewer(known, newer, 3)).toEqual({
    endpointId: peer,
    relayUrls: ['https://old/'],
    ipAddrs: ['10.0.0.3:3', '10.0.0.2:2', '10.0.0.1:1'],
  });
  expect(withNewer(known, newer, 2).ipAddrs).toEqual(['10.0.0.3:3', '10.0.0.2:2']);
});
