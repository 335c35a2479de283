import { describe, expect, it } from 'vitest';
import { clientKey, RELAYED_PEERS, UNIDENTIFIED_CLIENTS } from '../../../../../main/base/client-key.ts';
import { ConcurrencyLimiter, sharedClientLimit } from '../../../../../main/base/concurrency-limiter.ts';
import { clientOfPeer } from '../../../../../main/network/peer-client.ts';
import { AddressTokens } from '../../../../../main/relay/access/client-identity.ts';

describe('the identity of a client', () => {
  it('is its IPv4 address or its IPv6 network, without the port', () => {
    expect(clientKey('192.0.2.7')).toBe('192.0.2.7');
    expect(clientKey('192.0.2.7:4443')).toBe('192.0.2.7');
    expect(clientKey('::ffff:192.0.2.7')).toBe('192.0.2.7');
    expect(clientKey('[::ffff:192.0.2.7]:9')).toBe('192.0.2.7');
    expect(clientKey('2001:db8:1:2:3:4:5:6')).toBe(clientKey('[2001:db8:1:2::9]:55'));
    expect(clientKey('fe80::1%eth0')).toBe(clientKey('fe80::2'));
    expect(clientKey('2001:db8:1:3::9')).not.toBe(clientKey('2001:db8:1:2::9'));
  });

  it('is the address of the selected iroh path, regardless of the endpoint id, and is shared by all peers behind iroh relays', () => {
    type Path = ReturnType<Parameters<typeof clientOfPeer>[0]['transport']['paths']>[number];
    // The fake paths contain only the fields that the code reads. A real connection on this machine would
    // have only one path, which is direct.
    const path = (remoteAddr: string, isSelected: boolean, isRelay = false) =>
      ({ remoteAddr, isSelected, isRelay }) as Path;
    const relay = (isSelected: boolean) => path('https://relay.example/', isSelected, true);
    const clientOf = (remoteId: string, from: string, ...paths: Path[]) =>
      clientOfPeer({ transport: { remoteId, paths: () => paths }, from });
    expect(clientOf('a', '192.0.2.7', path('[2001:db8::1]:5', true))).toBe('192.0.2.7');
    expect(clientOf('b', '192.0.2.7')).toBe('192.0.2.7');
    expect(clientOf('a', 'a', relay(false), path('192.0.2.7:5', true))).toBe('192.0.2.7');
    expect(clientOf('a', 'a', relay(true), path('192.0.2.7:5', false))).toBe(RELAYED_PEERS);
    expect(clientOf('a', 'a')).toBe(RELAYED_PEERS);
    expect(clientOf('a', RELAYED_PEERS, relay(true))).toBe(RELAYED_PEERS);
    expect(clientOf('a', RELAYED_PEERS, path('192.0.2.7:5', true))).toBe('192.0.2.7');
  });

  it('is the address that its token was issued for over WebTransport, until the token expires', () => {
    let nowMs = 1_000_000;
    const tokens = new AddressTokens(() => nowMs);
    const issued = tokens.issue('192.0.2.7');
    expect(tokens.verify(issued)).toBe('192.0.2.7');
    expect(tokens.verify(null)).toBe(UNIDENTIFIED_CLIENTS);
    expect(tokens.verify('nonsense')).toBe(UNIDENTIFIED_CLIENTS);
    expect(tokens.verify(new AddressTokens(() => nowMs).issue('192.0.2.7'))).toBe(UNIDENTIFIED_CLIENTS);
    const [, mac = ''] = issued.split('.');
    const forged = Buffer.from(`${nowMs + 1_000} 192.0.2.8`).toString('base64url');
    expect(tokens.verify(`${forged}.${mac}`)).toBe(UNIDENTIFIED_CLIENTS);
    nowMs += 121_000;
    expect(tokens.verify(issued)).toBe(UNIDENTIFIED_CLIENTS);
  });

  it('is shared by all clients without an address, which together get a fraction of the total', () => {
    const limiter = new ConcurrencyLimiter(100, 2, sharedClientLimit(2, 100));
    const acquired = Array.from({ length: 40 }, () => limiter.acquire(UNIDENTIFIED_CLIENTS));
    expect(acquired.filter((release) => typeof release === 'function')).toHaveLength(25);
    expect(acquired.at(-1)).toBe('client');
    expect(typeof limiter.acquire('192.0.2.7')).toBe('function');
  });
});
