import { describe, expect, it } from 'vitest';
import { liveSettled, openLive, useLiveWorld } from '../../../../support/live-world.ts';

const world = useLiveWorld();

describe('LiveModel', () => {
  it('does not go live if the user leaves before allowing the camera', async () => {
    const { model } = openLive(world);
    let allow: () => void = () => undefined;
    world.publisher.permission = new Promise((resolve) => {
      allow = resolve;
    });
    model.openPreview();
    model.start('hello');
    await liveSettled();
    model.leave();
    allow();
    await liveSettled();
    expect(world.publisher.calls).toEqual(['select camera null', 'stop']);
    expect(world.publisher.state.get().phase).toBe('idle');
    expect(world.failures).toEqual([]);
  });

  it('sends a new source only when the user applies the change', async () => {
    const { model } = openLive(world);
    model.openPreview();
    await liveSettled();
    model.start('hello');
    await liveSettled();
    world.publisher.calls.length = 0;

    const cancelled = model.changeSource();
    cancelled.selectKind('test');
    await liveSettled();
    expect(cancelled.preview.get().state).toBe('open');
    cancelled.close();
    expect(world.publisher.calls).toEqual(['stage test', 'close test']);
    expect(model.sources.selection.get().kind).toBe('camera');

    const change = model.changeSource();
    change.selectKind('file');
    expect(change.preview.get().state).toBe('missing');
    change.selectFile(new File([], 'broken.mp4'));
    await liveSettled();
    expect(change.preview.get()).toMatchObject({ state: 'failed', problem: { device: 'file' } });
    change.apply();
    expect(world.publisher.state.get().source).toBe('camera');
    change.reset();
    expect(change.selection.get().kind).toBe('camera');
    const file = new File([], 'good.mp4');
    change.selectFile(file);
    await liveSettled();
    change.apply();
    change.close();
    expect(world.publisher.calls.slice(2)).toEqual(['stage file', 'stage file', 'use file']);
    expect(world.publisher.state.get().source).toBe('file');
    expect(model.sources.selection.get()).toMatchObject({ kind: 'file', file });
  });
});
