import { spawnSync } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { onEndOfParent } from '../../../../main/host/signals.ts';

describe('onEndOfParent', () => {
  it('hears that the parent is gone, and keeps its number from programs started later', async () => {
    // A process that has ended: nobody's parent.
    const gone = spawnSync(process.execPath, ['-e', '']).pid;
    const env: NodeJS.ProcessEnv = { IROH_LIVE_PARENT: String(gone) };
    let calls = 0;
    const stop = onEndOfParent(() => calls++, env);
    expect(env).toEqual({});
    await delay(1_500);
    expect(calls).toBe(1);
    stop();
  });

  it('watches nothing without a parent that is named', () => {
    expect(onEndOfParent(() => expect.unreachable(), {})).toBeTypeOf('function');
  });

  it('is quiet while the parent lives', async () => {
    let calls = 0;
    const stop = onEndOfParent(() => calls++, { IROH_LIVE_PARENT: String(process.ppid) });
    await delay(1_500);
    stop();
    expect(calls).toBe(0);
  });
});
