import { spawnSync } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { watchParent } from '../../../../main/base/signals.ts';

describe('watchParent', () => {
  it('detects that the parent has ended, and removes its id from the environment of child processes', async () => {
    // A process that has ended and is not the parent of this one.
    const gone = spawnSync(process.execPath, ['-e', '']).pid;
    const env: NodeJS.ProcessEnv = { IROH_LIVE_PARENT: String(gone) };
    let calls = 0;
    const watch = watchParent(() => calls++, env);
    expect(env).toEqual({});
    // `lost` must report immediately that the parent is gone, even before the callback has run.
    expect(watch.lost()).toBe(true);
    expect(calls).toBe(0);
    await delay(1_500);
    expect(calls).toBe(1);
    watch.stop();
  });

  it('watches nothing without the variable', () => {
    expect(watchParent(() => expect.unreachable(), {}).lost()).toBe(false);
  });

  it('does not call back while the parent is running', async () => {
    let calls = 0;
    const watch = watchParent(() => calls++, { IROH_LIVE_PARENT: String(process.ppid) });
    await delay(1_500);
    expect(watch.lost()).toBe(false);
    watch.stop();
    expect(calls).toBe(0);
  });
});
