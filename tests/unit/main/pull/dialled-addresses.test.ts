import { describe, expect, it } from 'vitest';
import { selectAddresses } from '../../../../main/pull/dialled-addresses.ts';

const range = (count: number, addr: (i: number) => string) =>
  Array.from({ length: count }, (_, i) => addr(i));

describe('the addresses of a ticket that are dialed', () => {
  it('are at most four public ones, so that a ticket cannot direct packets at many strangers', () => {
    const strangers = range(16, (i) => `93.184.216.${i}:4433`);
    expect(selectAddresses(strangers)).toEqual(strangers.slice(0, 4));
    const ports = range(16, (i) => `93.184.216.34:${4000 + i}`);
    expect(selectAddresses(ports)).toHaveLength(4);
  });

  it('are of both IP versions, if there are enough', () => {
    const four = range(10, (i) => `93.184.216.${i}:1`);
    const six = range(10, (i) => `[2606:2800:220::${i}]:1`);
    expect(selectAddresses([...four, ...six])).toEqual([...four.slice(0, 2), ...six.slice(0, 2)]);
    expect(selectAddresses([...four.slice(0, 1), ...six])).toEqual([...four.slice(0, 1), ...six.slice(0, 3)]);
  });

  it('include up to eight private ones, in the order of the ticket', () => {
    const private_ = range(10, (i) => `10.0.0.${i}:1`);
    const ticket = [...private_, '93.184.216.34:1', '[fd00::1]:1'];
    expect(selectAddresses(ticket)).toEqual([...private_.slice(0, 8), '93.184.216.34:1']);
    expect(selectAddresses(['192.168.1.2:1', '[2606:2800:220::1]:1'])).toHaveLength(2);
  });
});
