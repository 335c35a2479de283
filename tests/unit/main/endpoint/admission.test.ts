import { beforeEach, describe, expect, it } from 'vitest';
import { Admission } from '../../../../main/endpoint/admission.ts';

let nowMs: number;
let admission: Admission;

beforeEach(() => {
  nowMs = 0;
  admission = new Admission({ perMinute: 3, total: 5 }, () => nowMs);
});

const attempts = (address: string, count: number) =>
  Array.from({ length: count }, () => admission.admit(address));

describe('admission', () => {
  it('limits attempts from one address within a minute', () => {
    for (const release of attempts('a', 3)) release?.();
    expect(admission.admit('a')).toBeUndefined();
    expect(admission.admit('b')).toBeDefined();
    nowMs = 59_999;
    expect(admission.admit('a')).toBeUndefined();
    nowMs = 60_000;
    expect(admission.admit('a')).toBeDefined();
  });

  it('limits the connections over all addresses until a connection is released', () => {
    const releases = ['a', 'b', 'c', 'd', 'e'].map((address) => admission.admit(address));
    expect(releases.every((release) => release !== undefined)).toBe(true);
    expect(admission.admit('f')).toBeUndefined();
    releases[0]?.();
    // The second release has no effect.
    releases[0]?.();
    expect(admission.admit('g')).toBeDefined();
    expect(admission.admit('h')).toBeUndefined();
  });

  it('does not count refused attempts as connections', () => {
    attempts('a', 50);
    const others = ['b', 'c', 'd'].map((address) => admission.admit(address));
    // Three attempts from "a" were admitted, so two of the five places are free.
    expect(others.filter((release) => release !== undefined)).toHaveLength(2);
  });

  it('remembers only a limited number of the most recent addresses', () => {
    for (const release of attempts('first', 3)) release?.();
    expect(admission.admit('first')).toBeUndefined();
    for (let i = 0; i < 4_096; i += 1) admission.admit(`other ${i}`)?.();
    expect(admission.admit('first')).toBeDefined();
  });
});
