import { describe, expect, it } from 'vitest';
import { WindowClaim } from '../../../../../renderer/features/live/window-claim.ts';

const at = (window: string | null, name = 'hello') => [{ name, window }];

describe('the claim of a window to its broadcast', () => {
  it('is made when main does not know the window, for example after main has restarted', () => {
    const claim = new WindowClaim();
    expect(claim.next([], 'hello')).toBe('nothing');
    expect(claim.next(at(null), 'hello')).toBe('claim');
    expect(claim.next(at(claim.windowId), 'hello')).toBe('nothing');
    expect(claim.next(at(null), 'hello')).toBe('claim');
  });

  it('ends the broadcast when another window has claimed it, but not while this window takes it over', () => {
    const claim = new WindowClaim();
    expect(claim.next(at('other'), 'hello')).toBe('nothing');
    expect(claim.next(at(claim.windowId), 'hello')).toBe('nothing');
    expect(claim.next(at('other', 'another name'), 'hello')).toBe('nothing');
    expect(claim.next(at('other'), 'hello')).toBe('stop');
    claim.reset();
    expect(claim.next(at('other'), 'hello')).toBe('nothing');
  });

  it('says whether a broadcast is in another window', () => {
    const claim = new WindowClaim();
    expect(claim.isElsewhere(at('other'), 'hello')).toBe(true);
    expect(claim.isElsewhere(at('other'), 'other')).toBe(false);
    expect(claim.isElsewhere(at(claim.windowId), 'hello')).toBe(false);
    expect(claim.isElsewhere(at(null), 'hello')).toBe(false);
  });
});
