import { expect, it } from 'vitest';
import { AttemptLimiter } from '../../../../main/base/attempt-limiter.ts';
import { clientKey, networkOf, RELAYED_PEERS } from '../../../../main/base/client-key.ts';
import { ConcurrencyLimiter } from '../../../../main/base/concurrency-limiter.ts';

const inNetwork = (i: number) => clientKey(`2001:db8:1:${i.toString(16)}::1`);

it('limits the slots of one client and of one IPv6 /48 network', () => {
  const limiter = new ConcurrencyLimiter(1_000, 2);
  const acquired = Array.from({ length: 100 }, (_, i) => limiter.acquire(inNetwork(i)));
  expect(acquired.filter((slot) => typeof slot === 'function')).toHaveLength(8);
  expect(acquired.at(-1)).toBe('client');
  expect(typeof limiter.acquire(clientKey('2001:db8:2::1'))).toBe('function');
  const [first] = acquired;
  if (typeof first === 'function') {
    first();
    // Releasing a slot a second time has no effect.
    first();
  }
  expect(limiter.active).toBe(8);
  expect(typeof limiter.acquire(inNetwork(200))).toBe('function');
  expect(limiter.acquire(inNetwork(201))).toBe('client');
});

it('limits all slots together, and gives a shared identity a separate limit', () => {
  const limiter = new ConcurrencyLimiter(6, 2, 4);
  const relayed = Array.from({ length: 5 }, () => limiter.acquire(RELAYED_PEERS));
  expect(relayed.map((slot) => typeof slot)).toEqual([...Array(4).fill('function'), 'string']);
  expect(typeof limiter.acquire('192.0.2.1')).toBe('function');
  expect(typeof limiter.acquire('192.0.2.1')).toBe('function');
  expect(limiter.acquire('192.0.2.1')).toBe('client');
  expect(limiter.acquire('192.0.2.2')).toBe('total');
});

it('finds the /48 network of IPv6 clients only', () => {
  expect(networkOf(clientKey('2001:db8:1:2::3'))).toBe(networkOf(inNetwork(77)));
  expect(networkOf(clientKey('192.0.2.7'))).toBeUndefined();
  expect(networkOf(RELAYED_PEERS)).toBeUndefined();
});

it('limits the attempts of a /48 network', () => {
  const limiter = new AttemptLimiter(3, () => 0);
  const allowed = Array.from({ length: 100 }, (_, i) => limiter.allows(inNetwork(i)));
  expect(allowed.filter(Boolean)).toHaveLength(12);
  expect(limiter.allows(clientKey('2001:db8:2::1'))).toBe(true);
});
