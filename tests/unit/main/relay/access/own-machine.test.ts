import { networkInterfaces } from 'node:os';
import { describe, expect, it } from 'vitest';
import { isOwnMachine } from '../../../../../main/relay/access/own-machine.ts';

type Path = ReturnType<Parameters<typeof isOwnMachine>[0]['paths']>[number];
// The paths are fake, because a test cannot connect from another machine. They contain only the fields that
// the code reads.
const from = (remoteAddr: string, isRelay = false) =>
  isOwnMachine({ paths: () => [{ remoteAddr, isSelected: true, isRelay } as Path] });

describe('this machine', () => {
  it('is recognized by its loopback and interface addresses', () => {
    expect([from('127.0.0.1:5'), from('127.0.0.9:5'), from('[::1]:5')]).toEqual([true, true, true]);
    for (const { address, family } of Object.values(networkInterfaces()).flatMap((each) => each ?? [])) {
      if (!address.startsWith('fe80'))
        expect(from(family === 'IPv6' ? `[${address}]:5` : `${address}:5`)).toBe(true);
    }
  });

  it('is not another machine, or a peer behind an iroh relay', () => {
    expect([from('192.0.2.7:5'), from('[2001:db8::1]:5'), from('https://relay.example/', true)]).toEqual([
      false,
      false,
      false,
    ]);
    expect(isOwnMachine({ paths: () => [] })).toBe(false);
  });
});
