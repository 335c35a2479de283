import { spawnSync } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { watchParent } from '../../../../main/base/signals.ts';

describe('watchParent', () => {
  it('hears that the parent is gone, and keeps its number from programs started later', async () => {
    // A process that has ended: nobody's parent.
    const gone = spawnSync(process.execPath, ['-e', '']).pid;
    const env: NodeJS.ProcessEnv = { IROH_LIVE_PARENT: String(gone) };
    let calls = 0;
    const watch = watchParent(() => calls++, env);
    expect(env).toEqual({});
    // At once, although nobody was called back yet: a later start may ask in between.
    expect(watch.lost()).toBe(true);
    expect(calls).toBe(0);
    await delay(1_500);
    expect(calls).toBe(1);
    watch.stop();
  });

  it('watches nothing without a parent that is named', () => {
    expect(watchParent(() => expect.unreachable(), {}).lost()).toBe(false);
  });

  it('is quiet while the parent lives', async () => {
    let calls = 0;
    const watch = watchParent(() => calls++, { IROH_LIVE_PARENT: String(process.ppid) });
    await delay(1_500);
    expect(watch.lost()).toBe(false);
    watch.stop();
    expect(calls).toBe(0);
  });
});
