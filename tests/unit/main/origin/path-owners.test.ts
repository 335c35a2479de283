import { Broadcast, Path } from 'moq-net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Origin, type Publication } from '../../../../main/origin/origin.ts';

const path = Path.from('studio/show');

/** Publishes a broadcast at `path` from a new session. The session's publisher has the given ids. */
function publish(origin: Origin, ...publisher: string[]): Publication {
  return origin.publish(path, new Broadcast.Producer().consume(), { by: {}, publisher, hasTrackInfo: true });
}

describe('the owner of a path', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('keeps it, no matter how many others publish there', () => {
    const origin = new Origin();
    const events: (Publication | undefined)[] = [];
    const owned = publish(origin, 'alice');
    origin.watch(path, ({ current }) => events.push(current));
    const others = [publish(origin, 'mallory'), publish(origin), publish(origin, 'eve')];
    expect(origin.get(path)).toBe(owned);
    expect(origin.list()).toEqual([owned]);
    expect(others.map((other) => origin.isCurrent(other))).toEqual([false, false, false]);
    expect(new Set(events)).toEqual(new Set([owned]));
  });

  it('replaces its own broadcast at once, and the previous one returns if the new one ends', () => {
    const origin = new Origin();
    const first = publish(origin, 'alice');
    publish(origin, 'mallory');
    const second = publish(origin, 'alice');
    expect(origin.get(path)).toBe(second);
    second.close();
    expect(origin.get(path)).toBe(first);
  });

  it('leaves it to the first in the queue when it stops', () => {
    const origin = new Origin();
    const owned = publish(origin, 'alice');
    const early = publish(origin, 'bob');
    const late = publish(origin, 'carol');
    const again = publish(origin, 'bob');
    owned.close();
    expect(origin.get(path)).toBe(again);
    again.close();
    expect(origin.get(path)).toBe(early);
    early.close();
    expect(origin.get(path)).toBe(late);
  });

  it('has ten seconds to return after its session was lost', () => {
    const origin = new Origin();
    const waiting = [publish(origin, 'alice'), publish(origin, 'mallory')];
    const events: (Publication | undefined)[] = [];
    origin.watch(path, ({ current }) => events.push(current));
    waiting[0]?.close({ held: true });
    vi.advanceTimersByTime(9_000);
    expect(origin.get(path)).toBeUndefined();
    expect(origin.list()).toEqual([]);
    const returned = publish(origin, 'alice');
    expect(origin.get(path)).toBe(returned);
    returned.close({ held: true });
    vi.advanceTimersByTime(10_000);
    expect(origin.get(path)).toBe(waiting[1]);
    expect(events.at(-1)).toBe(waiting[1]);
  });

  it('cannot be recognized without an identity, so its path is free at once', () => {
    const origin = new Origin();
    const owned = publish(origin);
    const other = publish(origin);
    expect(origin.get(path)).toBe(owned);
    owned.close({ held: true });
    expect(origin.get(path)).toBe(other);
  });

  it('does not get a path that a queued publisher only waited for', () => {
    const origin = new Origin();
    publish(origin, 'alice').close({ held: true });
    publish(origin, 'mallory').close({ held: true });
    vi.advanceTimersByTime(10_000);
    const other = publish(origin, 'bob');
    expect(origin.get(path)).toBe(other);
  });

  it('is recognized by any of its ids', () => {
    const origin = new Origin();
    publish(origin, 'old token', 'alice at home').close({ held: true });
    publish(origin, 'mallory');
    expect(origin.get(path)).toBeUndefined();
    const renewed = publish(origin, 'new token', 'alice at home');
    expect(origin.get(path)).toBe(renewed);
    const moved = publish(origin, 'new token', 'alice elsewhere');
    expect(origin.get(path)).toBe(moved);
    publish(origin, 'old token', 'alice at home');
    expect(origin.get(path)).toBe(moved);
  });

  it('is remembered for a limited number of paths', () => {
    const origin = new Origin();
    for (let i = 0; i < 5_000; i += 1) {
      const one = Path.from(`flood/${i}`);
      const options = { by: {}, publisher: ['mallory'], hasTrackInfo: true };
      origin.publish(one, new Broadcast.Producer().consume(), options).close({ held: true });
    }
    expect(vi.getTimerCount()).toBe(4_096);
    publish(origin, 'bob');
    expect(origin.list()).toHaveLength(1);
  });
});
