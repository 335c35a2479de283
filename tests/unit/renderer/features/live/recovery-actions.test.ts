import { describe, expect, it } from 'vitest';
import { problemTitle } from '../../../../../renderer/features/capture/problem-words.ts';
import { recoveryActions } from '../../../../../renderer/features/live/recovery-actions.ts';
import type { MediaFault, MediaProblem } from '../../../../../renderer/media/shared/source-types.ts';

const devices: MediaProblem['device'][] = ['camera', 'microphone', 'screen', 'file', 'encoder'];
const faults: MediaFault[] = [
  'denied',
  'busy',
  'missing',
  'unplugged',
  'cancelled',
  'unplayable',
  'unsupported',
  'failed',
];

describe('recoveryActions', () => {
  it('offers at least two actions and a title for every problem', () => {
    for (const device of devices) {
      for (const fault of faults) {
        expect(recoveryActions({ device, fault }, 0).length, `${device}.${fault}`).toBeGreaterThan(1);
        expect(problemTitle({ device, fault })).not.toBe('');
      }
    }
  });

  it('offers another device only if there is one', () => {
    expect(recoveryActions({ device: 'camera', fault: 'busy' }, 0)).not.toContain('choose-other');
    expect(recoveryActions({ device: 'camera', fault: 'busy' }, 1)).toContain('choose-other');
    expect(recoveryActions({ device: 'microphone', fault: 'unplugged' }, 2)).toEqual([
      'retry',
      'choose-other',
      'no-sound',
    ]);
  });
});
