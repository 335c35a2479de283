import { describe, expect, it } from 'vitest';
import { AddressError, allowedAddress, isPublicIp } from '../../../../main/relay/addresses.ts';

const rules = {
  allowPrivate: false,
  ownRelayUrl: 'http://10.1.2.3:3340/',
  resolve: async (host: string) => (host === 'trap.example.org' ? ['8.8.8.8', '10.0.0.1'] : ['8.8.8.8']),
};
const address = (ipAddrs: string[], relayUrls: string[] = []) => ({ endpointId: 'x', relayUrls, ipAddrs });

describe('addresses that a relay may dial', () => {
  it.each([
    '0.0.0.0',
    '10.1.2.3',
    '100.64.0.1',
    '100.127.255.255',
    '127.0.0.1',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '198.18.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::ffff:8.8.8.8',
    '::ffff:127.0.0.1',
    '64:ff9b::7f00:1',
    'fc00::1',
    'fdff::1',
    'fe80::1',
    'ff02::1',
    '2001:db8::1',
    '2001:0:1::1',
    '2002:7f00:1::1',
    'nonsense',
    '',
  ])('not %s', (ip) => {
    expect(isPublicIp(ip)).toBe(false);
  });

  it.each(['8.8.8.8', '100.63.255.255', '100.128.0.1', '172.32.0.1', '2606:4700::1111', '2a01:4f8::1'])(
    '%s',
    (ip) => {
      expect(isPublicIp(ip)).toBe(true);
    },
  );

  it('keeps what is public of a ticket', async () => {
    const mixed = address(
      ['10.0.0.1:1', '8.8.8.8:1', '[fe80::1]:1', '[2606:4700::1]:1', '8.8.8.8:0'],
      [
        'https://relay.example.org/',
        'http://localhost/',
        'http://[::1]/',
        'https://trap.example.org/',
        'https://nas/',
      ],
    );
    expect(await allowedAddress(mixed, rules)).toEqual(
      address(['8.8.8.8:1', '[2606:4700::1]:1'], ['https://relay.example.org/']),
    );
  });

  it('looks up two names of a ticket at most', async () => {
    const asked: string[] = [];
    const resolve = async (host: string) => {
      asked.push(host);
      return [];
    };
    const many = Array.from({ length: 32 }, (_, i) => `https://relay${i}.example.org/`);
    const given = address(['8.8.8.8:1'], ['http://10.0.0.1/', ...many]);
    expect(await allowedAddress(given, { ...rules, resolve })).toEqual(address(['8.8.8.8:1']));
    expect(asked).toEqual(['relay0.example.org', 'relay1.example.org']);
  });

  it('trusts the iroh relay that it was told to use', async () => {
    const own = address([], ['http://10.1.2.3:3340/']);
    expect(await allowedAddress(own, rules)).toEqual(own);
  });

  it('refuses what has nothing public, and lets pass what was allowed', async () => {
    const home = address(['192.168.0.1:1'], ['http://10.9.9.9/']);
    await expect(allowedAddress(home, rules)).rejects.toThrow(AddressError);
    expect(await allowedAddress(home, { ...rules, allowPrivate: true })).toEqual(home);
    // An id alone leads nowhere: a relay looks nobody up.
    expect(await allowedAddress(address([]), rules)).toEqual(address([]));
  });
});
