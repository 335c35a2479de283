import { describe, expect, it } from 'vitest';
import { liveSettled, openLive, useLiveWorld } from '../../../../support/live-world.ts';

const world = useLiveWorld();

describe('LiveBoot', () => {
  it('goes live automatically under the stored name, without leaving the Watch screen', async () => {
    world.settings = { broadcastName: 'amber-otter-123456' };
    world.autostart = 'camera';
    const { model, screen } = openLive(world);
    screen.set({ name: 'watch' });
    model.boot.run();
    model.leave();
    await liveSettled();
    expect(screen.get().name).toBe('watch');
    expect(world.publisher.state.get()).toMatchObject({ phase: 'live', name: 'amber-otter-123456' });
  });

  it('shares the only screen automatically', async () => {
    world.screens = [
      { id: 'window:1', kind: 'window' },
      { id: 'screen:1', kind: 'screen' },
    ];
    world.autostart = 'screen';
    const { model } = openLive(world);
    model.boot.run();
    await liveSettled();
    expect(world.requests).toContainEqual(['screens.choose', { id: 'screen:1' }]);
    expect(world.publisher.state.get()).toMatchObject({ phase: 'live', source: 'screen' });
  });

  it.each([
    { title: 'several world.screens', ids: ['screen:1', 'screen:2'] },
    { title: 'only windows', ids: ['window:1'] },
    { title: 'no sources', ids: [] },
  ])('shares nothing automatically and opens the picker if there are $title', async ({ ids }) => {
    world.screens = ids.map((id) => ({ id, kind: id.replace(/:.*/, '') }));
    world.autostart = 'screen';
    const { model } = openLive(world);
    model.boot.run();
    await liveSettled();
    expect(world.requests).toEqual([['screens.list', null]]);
    expect(world.publisher.calls).not.toContain('select screen null');
    expect(world.publisher.state.get().phase).toBe('idle');
    expect(model.sources.pickerOpen.get()).toBe(true);
    model.sources.answerPicker(null);
    await liveSettled();
    expect(world.publisher.state.get().phase).toBe('idle');
    expect(world.failures).toEqual([]);
  });

  it('opens the screen picker again only when the user resumes the broadcast', async () => {
    sessionStorage.setItem('iroh-live.live', '{"name":"hello","source":"screen"}');
    const { model, screen } = openLive(world);
    screen.set({ name: 'home' });
    model.boot.run();
    await liveSettled();
    expect(model.boot.interrupted.get()).toEqual({ name: 'hello', source: 'screen' });
    expect(screen.get().name).toBe('home');
    expect(world.publisher.calls).toEqual([]);

    model.boot.resume();
    await liveSettled();
    expect(model.boot.interrupted.get()).toBeNull();
    expect(screen.get().name).toBe('golive');
    model.sources.answerPicker('screen:1');
    await liveSettled();
    expect(world.publisher.state.get()).toMatchObject({ phase: 'live', name: 'hello', source: 'screen' });
  });

  it('discards an interrupted broadcast', async () => {
    sessionStorage.setItem('iroh-live.live', '{"name":"hello","source":"screen"}');
    const { model } = openLive(world);
    model.boot.run();
    model.boot.dismiss();
    expect(model.boot.interrupted.get()).toBeNull();
    expect(sessionStorage.getItem('iroh-live.live')).toBeNull();
  });

  it('does not resume a broadcast that another window runs', async () => {
    sessionStorage.setItem('iroh-live.live', '{"name":"hello","source":"camera"}');
    const { model, screen, setBroadcasts } = openLive(world);
    setBroadcasts([{ name: 'hello', window: 'another' }]);
    screen.set({ name: 'home' });
    model.boot.run();
    await liveSettled();
    expect(screen.get().name).toBe('golive');
    expect(world.publisher.calls).toEqual([]);
  });
});
