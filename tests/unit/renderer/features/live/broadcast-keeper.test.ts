import { describe, expect, it } from 'vitest';
import { IDLE_PUBLISHER } from '../../../../../renderer/media/shared/publisher-types.ts';
import { FakeLivePublisher, liveSettled, openLive, useLiveWorld } from '../../../../support/live-world.ts';

const world = useLiveWorld();

describe('BroadcastKeeper', () => {
  it('resumes a file after a reload, and keeps it only while it is live', async () => {
    const { model } = openLive(world);
    const file = new File(['x'], 'good.mp4');
    model.sources.selectFile(file);
    model.start('hello');
    await liveSettled();
    expect([...world.files.kept]).toEqual([['hello', file]]);

    world.publisher = new FakeLivePublisher();
    const { model: reloaded } = openLive(world);
    reloaded.boot.run();
    await liveSettled();
    expect(world.publisher.state.get()).toMatchObject({ phase: 'live', name: 'hello', source: 'file' });
    expect(reloaded.sources.selection.get().file).toBe(file);
    expect(reloaded.boot.interrupted.get()).toBeNull();

    reloaded.sources.selectKind('test');
    await liveSettled();
    expect(world.files.kept.size).toBe(0);
    reloaded.sources.selectFile(file);
    await liveSettled();
    expect(world.files.kept.size).toBe(1);
    reloaded.stop();
    await liveSettled();
    expect(world.files.kept.size).toBe(0);
  });

  it('reports that a file cannot be kept, and asks for it after a reload', async () => {
    const { model, toasts } = openLive(world);
    world.files.refusal = new Error('The file is too large.');
    model.sources.selectFile(new File(['x'], 'good.mp4'));
    model.start('hello');
    await liveSettled();
    expect(toasts.list.get().at(-1)?.text).toMatch(/have to choose the file again.*too large/);

    world.publisher = new FakeLivePublisher();
    const { model: reloaded } = openLive(world);
    reloaded.boot.run();
    await liveSettled();
    expect(reloaded.boot.interrupted.get()).toEqual({ name: 'hello', source: 'file' });
    expect(world.publisher.state.get().phase).toBe('idle');
  });

  it('does not save the broadcast again while the user stops it', async () => {
    const { model } = openLive(world);
    model.start('hello');
    await liveSettled();
    expect(sessionStorage.getItem('iroh-live.live')).toBe('{"name":"hello","source":"camera"}');
    // Like the real publisher, this one releases its devices before it is idle.
    const released: (string | null)[] = [];
    world.publisher.stop = async () => {
      world.publisher.state.update((state) => ({ ...state, video: 'off' }));
      released.push(sessionStorage.getItem('iroh-live.live'));
      world.publisher.state.set(IDLE_PUBLISHER);
    };
    model.stop();
    await liveSettled();
    expect(released).toEqual([null]);
    expect(sessionStorage.getItem('iroh-live.live')).toBeNull();

    model.start('again');
    await liveSettled();
    expect(sessionStorage.getItem('iroh-live.live')).toBe('{"name":"again","source":"camera"}');
  });
});
