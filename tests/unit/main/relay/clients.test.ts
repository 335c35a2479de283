import { describe, expect, it } from 'vitest';
import { clientKey } from '../../../../main/base/client-key.ts';
import { clientOfPeer, Introductions, STRANGERS } from '../../../../main/relay/clients.ts';
import { Gate, strangersShare } from '../../../../main/relay/limits.ts';

describe('who a client is', () => {
  it('its address, or its network where it has many; ports do not count', () => {
    expect(clientKey('192.0.2.7')).toBe('192.0.2.7');
    expect(clientKey('192.0.2.7:4443')).toBe('192.0.2.7');
    expect(clientKey('::ffff:192.0.2.7')).toBe('192.0.2.7');
    expect(clientKey('[::ffff:192.0.2.7]:9')).toBe('192.0.2.7');
    expect(clientKey('2001:db8:1:2:3:4:5:6')).toBe(clientKey('[2001:db8:1:2::9]:55'));
    expect(clientKey('fe80::1%eth0')).toBe(clientKey('fe80::2'));
    expect(clientKey('2001:db8:1:3::9')).not.toBe(clientKey('2001:db8:1:2::9'));
  });

  it('over iroh the address that carries the data, whatever ids it takes; through a relay the id', () => {
    type Path = ReturnType<Parameters<typeof clientOfPeer>[0]['transport']['paths']>[number];
    // The fields that are looked at: a real connection gives one direct path on this machine.
    const path = (remoteAddr: string, isSelected: boolean, isRelay = false) =>
      ({ remoteAddr, isSelected, isRelay }) as Path;
    const relay = (isSelected: boolean) => path('https://relay.example/', isSelected, true);
    const clientOf = (remoteId: string, from: string, ...paths: Path[]) =>
      clientOfPeer({ transport: { remoteId, paths: () => paths }, from });
    expect(clientOf('a', '192.0.2.7', path('[2001:db8::1]:5', true))).toBe('192.0.2.7');
    expect(clientOf('b', '192.0.2.7')).toBe('192.0.2.7');
    expect(clientOf('a', 'a', relay(false), path('192.0.2.7:5', true))).toBe('192.0.2.7');
    expect(clientOf('a', 'a', relay(true), path('192.0.2.7:5', false))).toBe('a');
    expect(clientOf('a', 'a')).toBe('a');
  });

  it('over WebTransport the address that asked what the relay is, for a while', () => {
    let nowMs = 1_000_000;
    const introductions = new Introductions(() => nowMs);
    const given = introductions.write('192.0.2.7');
    expect(introductions.read(given)).toBe('192.0.2.7');
    expect(introductions.read(null)).toBe(STRANGERS);
    expect(introductions.read('nonsense')).toBe(STRANGERS);
    expect(introductions.read(new Introductions(() => nowMs).write('192.0.2.7'))).toBe(STRANGERS);
    const [, seal = ''] = given.split('.');
    const forged = Buffer.from(`${nowMs + 1_000} 192.0.2.8`).toString('base64url');
    expect(introductions.read(`${forged}.${seal}`)).toBe(STRANGERS);
    nowMs += 121_000;
    expect(introductions.read(given)).toBe(STRANGERS);
  });

  it('those without an address are one client, with a part of what there is', () => {
    const gate = new Gate(100, 2, strangersShare(2, 100));
    const entered = Array.from({ length: 40 }, () => gate.enter(STRANGERS));
    expect(entered.filter((release) => typeof release === 'function')).toHaveLength(25);
    expect(entered.at(-1)).toBe('client');
    expect(typeof gate.enter('192.0.2.7')).toBe('function');
  });
});
