import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Bridge } from '../../../../../common/bridge/bridge.ts';
import { RecentsModel } from '../../../../../renderer/features/home/recents-model.ts';
import { Toasts } from '../../../../../renderer/features/shared/toasts.ts';

let calls: [string, unknown][];
let failures: string[];
let refuse: boolean;
let toasts: Toasts;
let recents: RecentsModel;

beforeEach(() => {
  vi.useFakeTimers();
  calls = [];
  failures = [];
  refuse = false;
  toasts = new Toasts();
  const bridge = {
    request: async (name: string, request: unknown) => {
      calls.push([name, request]);
      if (refuse) throw new Error('no');
      return null;
    },
  };
  recents = new RecentsModel(bridge as unknown as Bridge, toasts, (work, what) => {
    work.catch(() => failures.push(what));
  });
});

afterEach(() => {
  toasts.close();
  vi.useRealTimers();
});

const hidden = () => [...recents.hidden.get()];
const settled = () => vi.advanceTimersByTimeAsync(0);
const toast = () => toasts.list.get().at(-1) ?? expect.unreachable();

describe('RecentsModel', () => {
  it('hides a removed ticket immediately, and sends the removal once it can no longer be undone', async () => {
    recents.remove('t', 'Maya');
    expect(hidden()).toEqual(['t']);
    expect(calls).toEqual([]);
    expect(toast()).toMatchObject({ text: '“Maya” was removed.', action: { label: 'Undo' } });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(calls).toEqual([['recents.remove', { ticket: 't' }]]);
    expect(hidden()).toEqual([]);
  });

  it('restores a ticket whose removal is undone, without sending the removal', async () => {
    recents.remove('t', 'Maya');
    toasts.runAction(toast().id);
    expect(hidden()).toEqual([]);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(calls).toEqual([]);
  });

  it('keeps a ticket that is watched again in the meantime', async () => {
    recents.remove('t', 'Maya');
    recents.markWatched('t');
    await vi.advanceTimersByTimeAsync(60_000);
    expect(calls).toEqual([['recents.touch', { ticket: 't' }]]);
    expect(hidden()).toEqual([]);
  });

  it('sends pending removals before the window closes', async () => {
    recents.remove('a', 'A');
    recents.remove('b', 'B');
    recents.flush();
    await settled();
    expect(calls).toEqual([
      ['recents.remove', { ticket: 'a' }],
      ['recents.remove', { ticket: 'b' }],
    ]);
  });

  it('shows a ticket again, with a message, if main rejects its removal', async () => {
    refuse = true;
    recents.remove('t', 'Maya');
    recents.flush();
    await settled();
    expect(hidden()).toEqual([]);
    expect(failures).toEqual(['Could not remove the ticket']);
  });

  it('renames a ticket, and shortens a long name only in the toast', async () => {
    recents.rename('t', 'x'.repeat(60));
    recents.remove('t', 'x'.repeat(60));
    expect(calls).toEqual([['recents.rename', { ticket: 't', label: 'x'.repeat(60) }]]);
    expect(toast().text).toBe(`“${'x'.repeat(39)}…” was removed.`);
  });
});
