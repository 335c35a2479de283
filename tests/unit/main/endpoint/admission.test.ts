import { beforeEach, describe, expect, it } from 'vitest';
import { ADMISSION_LIMITS, Admission } from '../../../../main/endpoint/admission.ts';

let nowMs: number;
let admission: Admission;

beforeEach(() => {
  nowMs = 0;
  admission = new Admission({ ...ADMISSION_LIMITS, perMinute: 3, total: 5 }, () => nowMs);
});

const admit = (from: string) => admission.admit({ from, isRelayed: false, isContact: false });
const admitRelayed = (from: string) => admission.admit({ from, isRelayed: true, isContact: false });
const admitContact = (from: string) => admission.admit({ from, isRelayed: true, isContact: true });
const attempts = (address: string, count: number) => Array.from({ length: count }, () => admit(address));

describe('admission', () => {
  it('limits attempts from one address within a minute', () => {
    for (const admitted of attempts('a', 3)) admitted?.release();
    expect(admit('a')).toBeUndefined();
    expect(admit('b')).toBeDefined();
    nowMs = 59_999;
    expect(admit('a')).toBeUndefined();
    nowMs = 60_000;
    expect(admit('a')).toBeDefined();
  });

  it('limits the connections over all addresses until a connection is released', () => {
    const admitted = ['a', 'b', 'c', 'd', 'e'].map(admit);
    expect(admitted.every((connection) => connection !== undefined)).toBe(true);
    expect(admit('f')).toBeUndefined();
    admitted[0]?.release();
    // The second release has no effect.
    admitted[0]?.release();
    expect(admit('g')).toBeDefined();
    expect(admit('h')).toBeUndefined();
  });

  it('does not count refused attempts as connections', () => {
    attempts('a', 50);
    const others = ['b', 'c', 'd'].map(admit);
    // Three attempts from "a" were admitted, so two of the five places are free.
    expect(others.filter((connection) => connection !== undefined)).toHaveLength(2);
  });

  it('remembers only a limited number of the most recent addresses', () => {
    for (const admitted of attempts('first', 3)) admitted?.release();
    expect(admit('first')).toBeUndefined();
    for (let i = 0; i < 4_096; i += 1) admit(`other ${i}`)?.release();
    expect(admit('first')).toBeDefined();
  });

  it('limits the attempts of all peers behind iroh relays together, but not those of contacts', () => {
    admission = new Admission({ ...ADMISSION_LIMITS, relayedPerMinute: 60 }, () => nowMs);
    for (let i = 0; i < 60; i += 1) admitRelayed(`id ${i}`)?.release();
    expect(admitRelayed('stranger')).toBeUndefined();
    expect(admit('a')).toBeDefined();
    expect(admitContact('friend')).toBeDefined();
    // Another attempt is allowed each second, so the burst does not shut out strangers for a minute.
    nowMs = 1_000;
    expect(admitRelayed('stranger')).toBeDefined();
    expect(admitRelayed('another stranger')).toBeUndefined();
  });

  it('does not count attempts that find no slot for their handshake', () => {
    const handshakes = { ...ADMISSION_LIMITS.handshakes, relayed: 4 };
    admission = new Admission({ ...ADMISSION_LIMITS, handshakes, relayedPerMinute: 5 }, () => nowMs);
    const held = Array.from({ length: 50 }, (_, i) => admitRelayed(`id ${i}`));
    held[0]?.release();
    expect(admitRelayed('stranger')).toBeDefined();
  });

  it('admits contacts while strangers use all connections', () => {
    for (const from of ['a', 'b', 'c', 'd', 'e']) admit(from);
    expect(admitRelayed('stranger')).toBeUndefined();
    expect(admitContact('friend')).toBeDefined();
  });
});
