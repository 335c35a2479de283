import { beforeEach, describe, expect, it } from 'vitest';
import { ADMISSION_LIMITS, Admission } from '../../../../main/endpoint/admission.ts';

let nowMs: number;
let admission: Admission;

beforeEach(() => {
  nowMs = 0;
  admission = new Admission({ ...ADMISSION_LIMITS, perMinute: 3, total: 5 }, () => nowMs);
});

const admit = (from: string) => admission.admit({ from, isRelayed: false });
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

  it('limits the handshakes of one address, of all peers behind iroh relays, and in total, until they end', () => {
    const limits = { ...ADMISSION_LIMITS, handshakes: 8, handshakesPerAddress: 2 };
    admission = new Admission(limits, () => nowMs);
    const relayed = (from: string) => admission.admit({ from, isRelayed: true });
    const [first] = attempts('a', 2);
    expect(admit('a')).toBeUndefined();
    first?.endHandshake();
    expect(admit('a')).toBeDefined();
    // Each relayed peer has its own endpoint id, but all of them together get only half of the handshakes.
    for (let i = 0; i < 4; i += 1) expect(relayed(`id ${i}`)).toBeDefined();
    expect(relayed('id 5')).toBeUndefined();
    attempts('b', 2);
    expect(admit('c')).toBeUndefined();
  });

  it('limits the attempts of all peers behind iroh relays together', () => {
    admission = new Admission({ ...ADMISSION_LIMITS, relayedPerMinute: 3 }, () => nowMs);
    const relayed = (from: string) => admission.admit({ from, isRelayed: true });
    for (let i = 0; i < 3; i += 1) relayed(`id ${i}`)?.release();
    expect(relayed('id 3')).toBeUndefined();
    expect(admit('a')).toBeDefined();
  });
});
