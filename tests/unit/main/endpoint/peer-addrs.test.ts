import { expect, test } from 'vitest';
import { mergePeerAddrs } from '../../../../main/endpoint/peer-addrs.ts';

const peer = 'a'.repeat(64);

test('merging puts new addresses first, removes duplicates and drops the oldest', () => {
  const known = { endpointId: peer, relayUrls: ['https://old/'], ipAddrs: ['10.0.0.1:1', '10.0.0.2:2'] };
  const newer = { endpointId: peer, relayUrls: [], ipAddrs: ['10.0.0.3:3', '10.0.0.2:2'] };
  expect(mergePeerAddrs(known, newer, 3)).toEqual({
    endpointId: peer,
    relayUrls: ['https://old/'],
    ipAddrs: ['10.0.0.3:3', '10.0.0.2:2', '10.0.0.1:1'],
  });
  expect(mergePeerAddrs(known, newer, 2).ipAddrs).toEqual(['10.0.0.3:3', '10.0.0.2:2']);
});
