import { describe, expect, it } from 'vitest';
import { CENSUS, leftovers, Samples } from '../../../../bench/soak/table.ts';
import type { Census } from '../../../support/census.ts';

const EMPTY = Object.fromEntries(CENSUS.map(({ key }) => [key, 0])) as unknown as Census;

describe('the table of the soak bench', () => {
  it('names the counts that have not returned to their first values, but no memory', () => {
    const after = { ...EMPTY, residentBytes: 1e9, liveBytes: 1e9, sockets: 9, timers: 12 };
    expect(leftovers('relay', EMPTY, after)).toEqual(['LEFT: relay: sockets: 0 → 9']);
    expect(leftovers('relay', after, EMPTY)).toEqual([]);
  });

  it('prints each sample in whole units, and the growth since the last start', () => {
    const samples = new Samples(CENSUS);
    samples.add(0, 'relay', 1, { ...EMPTY, residentBytes: 900e6 });
    for (let minute = 1; minute <= 6; minute += 1)
      samples.add(minute, 'relay', 2, { ...EMPTY, residentBytes: minute * 20e6 });
    expect(samples.add(7, 'relay', 2, { ...EMPTY, residentBytes: 140.4e6 })).toMatch(
      /^\| 7 \| relay \| 2 \| 140 \|/,
    );
    expect(samples.growth('relay')).toEqual(['GROWS: relay: resident MB: 20 40 60 80 100 120 140']);
    expect(samples.growth('viewer')).toEqual([]);
  });
});
