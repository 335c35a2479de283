import { describe, expect, it } from 'vitest';
import { broadcastNameProblem } from '../../../../common/ticket/broadcast-name.ts';
import { randomName } from '../../../../renderer/web/random-name.ts';

describe('randomName', () => {
  it('always returns a valid broadcast name', () => {
    for (const draw of [0, 0.5, 0.999999]) {
      const name = randomName(() => draw);
      expect(name).toMatch(/^[a-z]+-[a-z]+-\d\d$/);
      expect(broadcastNameProblem(name)).toBeNull();
    }
  });
});
