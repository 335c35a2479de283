import { describe, expect, it } from 'vitest';
import { liveSettled, openLive, useLiveWorld } from '../../../../support/live-world.ts';

const world = useLiveWorld();

describe('LiveWindows', () => {
  it('stops with a message when another window goes live under the same name', async () => {
    const { model, receive, toasts } = openLive(world);
    model.start('hello');
    await liveSettled();
    expect(world.announced).toEqual([{ live: 'hello' }]);
    for (const other of [{ live: 'else' }, 'hello', null]) receive(other);
    expect(world.publisher.state.get().phase).toBe('live');
    receive({ live: 'hello' });
    await liveSettled();
    expect(world.publisher.state.get().phase).toBe('idle');
    expect(toasts.list.get().at(-1)?.text).toMatch(/Another window went live as “hello”/);
    expect(world.announced).toHaveLength(1);
  });

  it('claims the broadcast in main, and stops when a window in another browser claims it', async () => {
    const { model, setBroadcasts, toasts } = openLive(world);
    setBroadcasts([]);
    model.start('hello');
    await liveSettled();
    const window = sessionStorage.getItem('iroh-live.window') ?? '';
    expect(world.requests).toEqual([['live.claim', { window, name: 'hello' }]]);
    // Until main has confirmed the claim, it still reports the window that was live before.
    setBroadcasts([{ name: 'hello', window: 'another' }]);
    setBroadcasts([{ name: 'hello', window }]);
    expect(model.windows.isElsewhere('hello')).toBe(false);
    expect(world.publisher.state.get().phase).toBe('live');
    setBroadcasts([{ name: 'hello', window: 'another' }]);
    await liveSettled();
    expect(model.windows.isElsewhere('hello')).toBe(true);
    expect(world.publisher.state.get().phase).toBe('idle');
    expect(toasts.list.get().map(({ text }) => text)).toEqual([
      'Another window went live as “hello”, so this one has stopped.',
    ]);
  });

  it('claims a broadcast for which main reports no window, as after a restart of main', async () => {
    const { model, setBroadcasts } = openLive(world);
    model.start('hello');
    await liveSettled();
    expect(world.requests).toEqual([]);
    setBroadcasts([{ name: 'hello', window: null }]);
    expect(world.requests.map(([method]) => method)).toEqual(['live.claim']);
  });
});
