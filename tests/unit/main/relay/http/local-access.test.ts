import { hostname } from 'node:os';
import { describe, expect, it } from 'vitest';
import { isLoopbackBind, localAccessFault } from '../../../../../main/relay/http/local-access.ts';

describe('access from this machine', () => {
  it.each([
    'localhost:4443',
    'LOCALHOST',
    '127.0.0.1:4443',
    '[::1]:4443',
    '192.168.1.5',
    'relay:9464',
    'dev.localhost',
    'laptop.local:4443',
    hostname(),
  ])('is possible for the host %s', (host) => {
    expect(localAccessFault({ host })).toBeUndefined();
  });

  it.each([
    'evil.example:4443',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    'a.b',
    '',
    'a b',
    undefined,
  ])('is not possible for the host %s, whose name may resolve to this machine', (host) => {
    expect(localAccessFault({ host })).toMatch(/only requests to localhost/);
  });

  it.each([
    ['localhost:4443', 'http://localhost:4443'],
    ['127.0.0.1:4443', 'http://localhost:5173'],
    ['localhost:4443', 'http://[::1]:8080'],
    ['192.168.1.5:4443', 'http://192.168.1.5:4443'],
    ['laptop.local', 'https://laptop.local'],
  ])('is possible at %s for a page of %s', (host, origin) => {
    expect(localAccessFault({ host, origin })).toBeUndefined();
  });

  it.each([
    'https://evil.example',
    'null',
    'http://198.51.100.7',
    'http://localhost.evil.example',
    'file://',
    'nonsense',
    'http://laptop.local',
  ])('is not possible for a page of %s', (origin) => {
    expect(localAccessFault({ host: 'localhost:4443', origin })).toMatch(/other sites/);
  });

  it('is checked at loopback addresses', () => {
    expect(['127.0.0.1:1', '127.9.9.9:1', '[::1]:1'].map(isLoopbackBind)).toEqual([true, true, true]);
    expect(['0.0.0.0:1', '[::]:1', '192.168.1.5:1'].map(isLoopbackBind)).toEqual([false, false, false]);
  });
});
