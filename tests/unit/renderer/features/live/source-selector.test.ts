import { describe, expect, it } from 'vitest';
import { liveSettled, openLive, useLiveWorld } from '../../../../support/live-world.ts';

const world = useLiveWorld();

describe('SourceSelector', () => {
  it('replaces a saved camera and microphone that no longer exist with the system defaults', async () => {
    world.settings = { cameraId: 'old', microphoneId: 'old' };
    const { model } = openLive(world);
    model.openPreview();
    await liveSettled();
    expect(world.publisher.calls).toEqual(['select camera old', 'select camera null']);
    expect(world.publisher.state.get()).toMatchObject({ video: 'on', audio: 'on' });
    expect(model.sources.selection.get()).toMatchObject({ cameraId: null, microphoneId: null });
  });

  it('does not replace a device that the user has just selected', async () => {
    const { model } = openLive(world);
    model.sources.selectCamera('unplugged');
    await liveSettled();
    expect(world.publisher.calls).toEqual(['select camera unplugged']);
    expect(world.publisher.state.get().problem).toMatchObject({ device: 'camera', fault: 'missing' });
  });

  it('selects the previous source again when a file cannot be opened', async () => {
    const { model } = openLive(world);
    model.openPreview();
    await liveSettled();
    model.start('hello');
    await liveSettled();
    model.sources.selectFile(new File([], 'broken.mp4'));
    await liveSettled();
    expect(model.sources.selection.get()).toMatchObject({ kind: 'camera', file: null });
    const good = new File([], 'good.mp4');
    model.sources.selectFile(good);
    await liveSettled();
    model.sources.selectFile(new File([], 'broken.mp4'));
    await liveSettled();
    expect(model.sources.selection.get()).toMatchObject({ kind: 'file', file: good });
    expect(world.publisher.state.get().problem).toMatchObject({ device: 'file' });
  });

  it('replaces an open screen picker with a new one', async () => {
    const { model } = openLive(world);
    const first = model.sources.selectScreen();
    const second = model.sources.selectScreen();
    expect(await first).toBe(false);
    expect(model.sources.pickerOpen.get()).toBe(true);
    model.sources.answerPicker('screen:1');
    expect(await second).toBe(true);
    expect(model.sources.pickerOpen.get()).toBe(false);
  });
});
