import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  faultOf,
  MediaError,
  mediaErrorMessage,
  toMediaError,
} from '../../../../../renderer/media/shared/media-error.ts';
import type { MediaFault, MediaProblem } from '../../../../../renderer/media/shared/source-types.ts';

const named = (name: string, message = '') => Object.assign(new Error(message), { name });

describe('faultOf and toMediaError', () => {
  it.each([
    ['NotAllowedError', 'denied'],
    ['SecurityError', 'denied'],
    ['NotReadableError', 'busy'],
    ['AbortError', 'busy'],
    ['NotFoundError', 'missing'],
    ['OverconstrainedError', 'missing'],
    ['NotSupportedError', 'unsupported'],
    ['SomethingElse', 'failed'],
  ] as const)('a camera error named %s is the fault %s', (name, fault) => {
    expect(faultOf('camera', named(name))).toBe(fault);
  });

  it('distinguishes a closed screen picker from a refusal by the system', () => {
    expect(faultOf('screen', named('NotAllowedError', 'Permission denied'))).toBe('cancelled');
    expect(faultOf('screen', named('NotAllowedError', 'Permission denied by system'))).toBe('denied');
  });

  it('returns a MediaError unchanged, and keeps any other error as the cause', () => {
    const known = new MediaError('file', 'unplayable');
    expect(toMediaError('file', known)).toBe(known);
    const cause = named('Odd', 'lens cap');
    const made = toMediaError('camera', cause);
    expect(made.cause).toBe(cause);
    expect(made.problem).toEqual({
      device: 'camera',
      fault: 'failed',
      message: expect.stringContaining('lens cap'),
    });
  });

  it('accepts any thrown value', () => {
    for (const thrown of [undefined, null, 'text', 3, {}])
      expect(faultOf('microphone', thrown)).toBe('failed');
  });

  it('provides a message with a next step for every device and fault', () => {
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
        expect(mediaErrorMessage(device, fault)).toMatch(/(choose|try|allow|close|plug)/i);
      }
    }
  });
});

describe('the place where the user allows a device', () => {
  afterEach(() => vi.unstubAllGlobals());
  const deniedTexts = () =>
    (['camera', 'microphone', 'screen'] as const).map((device) => mediaErrorMessage(device, 'denied'));

  it('is the site’s settings in a browser, whose page may belong to a relay', () => {
    vi.stubGlobal('navigator', { userAgent: 'Mozilla/5.0 Chrome/141.0.0.0 Safari/537.36' });
    for (const text of deniedTexts()) {
      expect(text).toContain('Allow it in this site’s settings, next to the browser’s address bar');
      expect(text).not.toMatch(/this app/i);
    }
  });

  it('is the system’s settings in Electron, whose window has no address bar', () => {
    vi.stubGlobal('navigator', { userAgent: 'Mozilla/5.0 Chrome/141.0.0.0 Electron/45.4.1 Safari/537.36' });
    for (const text of deniedTexts()) {
      expect(text).toContain('Allow it in the system’s privacy settings');
      expect(text).not.toMatch(/browser|site|tab/);
    }
  });
});
