import { beforeEach, expect, it, vi } from 'vitest';
import type { Source } from '../../../../../renderer/media/sources/source.ts';
import { VideoCapture } from '../../../../../renderer/media/sources/video-capture.ts';

vi.mock('../../../../../renderer/media/sources/open-source.ts', () => ({
  openSource: async ({ kind }: { kind: Source['kind'] }) => fakeSource(kind),
}));

let opened: Source[];
let log: string[];
let capture: VideoCapture;

function fakeSource(kind: Source['kind']): Source {
  const source: Source = {
    kind,
    preview: null,
    frameRate: 30,
    canStopVideoAlone: false,
    hasAudio: false,
    startVideo: () => ({ close: () => undefined }),
    startAudio: () => undefined,
    onEnded: undefined,
    close: () => void log.push(`close ${kind}`),
  };
  opened.push(source);
  return source;
}

beforeEach(() => {
  opened = [];
  log = [];
  capture = new VideoCapture({
    frame: () => undefined,
    sourceChanged: (source) => log.push(`source ${source?.kind ?? 'none'}`),
    paused: () => undefined,
    status: () => undefined,
    problem: (error) => log.push(error ? `problem ${error.message}` : 'no problem'),
  });
});

async function stageScreen() {
  await capture.select({ kind: 'camera' });
  const staged = await capture.stage({ kind: 'screen' }, new AbortController().signal);
  log.length = 0;
  return staged;
}

it('replaces the current source with a staged one, and dismisses the previous problem', async () => {
  const staged = await stageScreen();
  expect(staged.use()).toBe(true);
  expect(log).toEqual(['no problem', 'source screen', 'close camera']);
  expect(staged.use()).toBe(false);
});

it('keeps the current source if the staged one has ended', async () => {
  const staged = await stageScreen();
  const listener = vi.fn();
  staged.onEnded(listener);
  opened[1]?.onEnded?.();
  expect(listener).toHaveBeenCalledExactlyOnceWith(
    expect.objectContaining({ device: 'screen', fault: 'unplugged' }),
  );
  expect(staged.use()).toBe(false);
  expect(log).toEqual(['close screen']);
  expect(capture.capturing).toBe(true);
});

it('reports the end of a staged source to the capture once it is in use', async () => {
  const staged = await stageScreen();
  const listener = vi.fn();
  staged.onEnded(listener);
  staged.use();
  opened[1]?.onEnded?.();
  expect(listener).not.toHaveBeenCalled();
  expect(log.at(-1)).toMatch(/^problem The screen or window/);
});
