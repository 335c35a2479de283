import { describe, expect, it } from 'vitest';
import { isPublicIp } from '../../../../../main/base/public-ip.ts';
import { AddressError, allowedAddress } from '../../../../../main/relay/pulls/address-policy.ts';

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
  ])('exclude %j', (ip) => {
    expect(isPublicIp(ip)).toBe(false);
  });

  it.each(['8.8.8.8', '100.63.255.255', '100.128.0.1', '172.32.0.1', '2606:4700::1111', '2a01:4f8::1'])(
    'include %s',
    (ip) => {
      expect(isPublicIp(ip)).toBe(true);
    },
  );

  it('are the public addresses of a ticket', async () => {
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

  it('include relay names, of which at most two per ticket are resolved', async () => {
    const resolved: string[] = [];
    const resolve = async (host: string) => {
      resolved.push(host);
      return [];
    };
    const many = Array.from({ length: 32 }, (_, i) => `https://relay${i}.example.org/`);
    const given = address(['8.8.8.8:1'], ['http://10.0.0.1/', ...many]);
    expect(await allowedAddress(given, { ...rules, resolve })).toEqual(address(['8.8.8.8:1']));
    expect(resolved).toEqual(['relay0.example.org', 'relay1.example.org']);
  });

  it('include the iroh relay from the command line', async () => {
    const own = address([], ['http://10.1.2.3:3340/']);
    expect(await allowedAddress(own, rules)).toEqual(own);
  });

  it('are missing for a ticket without any public address, unless private addresses are allowed', async () => {
    const home = address(['192.168.0.1:1'], ['http://10.9.9.9/']);
    await expect(allowedAddress(home, rules)).rejects.toThrow(AddressError);
    expect(await allowedAddress(home, { ...rules, allowPrivate: true })).toEqual(home);
    // A ticket without addresses is accepted, but the dial fails, because a relay does not look up peers by
    // their id.
    expect(await allowedAddress(address([]), rules)).toEqual(address([]));
  });
});
