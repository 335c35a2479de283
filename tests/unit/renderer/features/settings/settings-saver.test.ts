import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Settings, settingsSchema } from '../../../../../common/bridge/bridge.ts';
import { SettingsSaver } from '../../../../../renderer/features/settings/settings-saver.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const settings = settingsSchema.parse({});

describe('SettingsSaver', () => {
  it('batches changes and sends one batch at a time', async () => {
    const sent: Partial<Settings>[] = [];
    const answers: (() => void)[] = [];
    const saver = new SettingsSaver(
      (patch) => {
        sent.push(patch);
        return new Promise<void>((resolve) => answers.push(resolve));
      },
      () => undefined,
    );
    for (const volume of [0.1, 0.2, 0.3]) saver.change({ volume });
    saver.change({ muted: true });
    await vi.advanceTimersByTimeAsync(200);
    expect(sent).toEqual([{ volume: 0.3, muted: true }]);

    saver.change({ volume: 0.4 });
    await vi.advanceTimersByTimeAsync(200);
    expect(sent).toHaveLength(1);
    // An outdated state from main does not move the slider back.
    expect(saver.applyTo(settings)).toMatchObject({ volume: 0.4, muted: true });
    answers[0]?.();
    await vi.advanceTimersByTimeAsync(200);
    expect(sent[1]).toEqual({ volume: 0.4 });
    answers[1]?.();
    await vi.advanceTimersByTimeAsync(0);
    expect(saver.applyTo(settings)).toEqual(settings);
  });

  it('discards a batch that main rejected, and continues', async () => {
    const onFailure = vi.fn();
    const save = vi.fn().mockRejectedValueOnce(new Error('no')).mockResolvedValue(null);
    const saver = new SettingsSaver(save, onFailure);
    saver.change({ volume: 0.5 });
    await vi.advanceTimersByTimeAsync(200);
    expect(onFailure).toHaveBeenCalledTimes(1);
    expect(saver.applyTo(settings)).toEqual(settings);
    saver.change({ volume: 0.6 });
    await vi.advanceTimersByTimeAsync(200);
    expect(save).toHaveBeenLastCalledWith({ volume: 0.6 });
  });
});
