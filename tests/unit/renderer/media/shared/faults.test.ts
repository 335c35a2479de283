import { describe, expect, it } from 'vitest';
import { asMediaError, faultOf, MediaError, wordsFor } from '../../../../../renderer/media/shared/faults.ts';
import type { MediaFault, MediaProblem } from '../../../../../renderer/media/shared/types.ts';

const named = (name: string, message = '') => Object.assign(new Error(message), { name });

describe('media faults', () => {
  it.each([
    ['NotAllowedError', 'denied'],
    ['SecurityError', 'denied'],
    ['NotReadableError', 'busy'],
    ['AbortError', 'busy'],
    ['NotFoundError', 'missing'],
    ['OverconstrainedError', 'missing'],
    ['NotSupportedError', 'unsupported'],
    ['SomethingElse', 'failed'],
  ] as const)('a camera that fails with %s is %s', (name, fault) => {
    expect(faultOf('camera', named(name))).toBe(fault);
  });

  it('a screen picker that was closed is no refusal, but the system’s own refusal is', () => {
    expect(faultOf('screen', named('NotAllowedError', 'Permission denied'))).toBe('cancelled');
    expect(faultOf('screen', named('NotAllowedError', 'Permission denied by system'))).toBe('denied');
  });

  it('keeps a fault that is known already, and the cause of one that is not', () => {
    const known = new MediaError('file', 'unplayable');
    expect(asMediaError('file', known)).toBe(known);
    const cause = named('Odd', 'lens cap');
    const made = asMediaError('camera', cause);
    expect(made.cause).toBe(cause);
    expect(made.problem).toEqual({
      device: 'camera',
      fault: 'failed',
      message: expect.stringContaining('lens cap'),
    });
  });

  it('survives anything that can be thrown', () => {
    for (const thrown of [undefined, null, 'text', 3, {}])
      expect(faultOf('microphone', thrown)).toBe('failed');
  });

  it('has words with a next step for every device and fault', () => {
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
    for (const device of devices) {
      for (const fault of faults) {
        expect(wordsFor(device, fault)).toMatch(/(choose|try|allow|close|plug|go on)/i);
      }
    }
  });
});
