import { describe, expect, it } from 'vitest';
import { broadcastNameProblem } from '../../../../common/ticket/broadcast-name.ts';
import { randomName, SECRET_NAME_DIGITS } from '../../../../common/ticket/random-name.ts';

describe('randomName', () => {
  it('always returns a valid broadcast name', () => {
    for (const draw of [0, 0.5, 0.999999]) {
      const name = randomName({ random: () => draw });
      expect(name).toMatch(/^[a-z]+-[a-z]+-\d\d$/);
      expect(broadcastNameProblem(name)).toBeNull();
      const secret = randomName({ digits: SECRET_NAME_DIGITS, random: () => draw });
      expect(secret).toMatch(/^[a-z]+-[a-z]+-\d{6}$/);
    }
  });

  it('returns a different name each time', () => {
    const names = Array.from({ length: 200 }, () => randomName({ digits: SECRET_NAME_DIGITS }));
    expect(new Set(names).size).toBe(200);
  });
});
