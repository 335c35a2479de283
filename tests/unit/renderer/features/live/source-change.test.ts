import { beforeEach, expect, it } from 'vitest';
import { Store } from '../../../../../common/base/store.ts';
import { SourceChange } from '../../../../../renderer/features/live/source-change.ts';
import type { SourceSelection } from '../../../../../renderer/features/live/source-selection.ts';
import type { SourceSelector } from '../../../../../renderer/features/live/source-selector.ts';
import { MediaError } from '../../../../../renderer/media/shared/media-error.ts';
import type { Publisher, StagedSource } from '../../../../../renderer/media/shared/publisher-types.ts';
import type { MediaProblem, VideoSelection } from '../../../../../renderer/media/shared/source-types.ts';

let log: string[];
/** Ends the staged source, as if its camera had been unplugged. */
let end: (problem: MediaProblem) => void;
/** Results of the open screen pickers, oldest first. */
let pickers: ((picked: boolean) => void)[];
let change: SourceChange;

const settled = () => new Promise((done) => setTimeout(done));

beforeEach(() => {
  log = [];
  pickers = [];
  const publisher = {
    stageVideo: async ({ kind }: VideoSelection): Promise<StagedSource> => {
      log.push(`stage ${kind}`);
      let ended = false;
      let listener: (problem: MediaProblem) => void = () => undefined;
      end = (problem) => {
        ended = true;
        listener(problem);
      };
      return {
        preview: null,
        onEnded: (next) => {
          listener = next;
        },
        use: () => {
          log.push(`use ${kind}`);
          return !ended;
        },
        close: () => void log.push(`close ${kind}`),
      };
    },
  };
  const selection: SourceSelection = {
    kind: 'test',
    cameraId: null,
    microphoneId: null,
    audio: true,
    file: null,
  };
  const sources = {
    selection: new Store(selection),
    pickScreen: () => new Promise((resolve) => pickers.push(resolve)),
    answerPicker: () => {
      log.push('dismiss');
      for (const answer of pickers.splice(0)) answer(false);
    },
    adopt: ({ kind }: SourceSelection) => log.push(`adopt ${kind}`),
  };
  change = new SourceChange(publisher as unknown as Publisher, sources as unknown as SourceSelector);
});

it('fails with the reason if the selected source ends before it is used', async () => {
  const { problem } = new MediaError('camera', 'unplugged');
  change.selectKind('camera');
  await settled();
  expect(change.preview.get().state).toBe('open');
  end(problem);
  expect(change.preview.get()).toEqual({ state: 'failed', stream: null, problem });
  change.apply();
  expect(log).toEqual(['stage camera']);
});

it('ignores the end of a source that is no longer selected', async () => {
  change.selectKind('camera');
  await settled();
  const endCamera = end;
  change.close();
  endCamera(new MediaError('camera', 'unplugged').problem);
  expect(change.preview.get().state).toBe('live');
});

it('dismisses the open screen picker when it is closed', async () => {
  const selected = change.selectScreen();
  change.close();
  expect(await selected).toBe(false);
  expect(log).toEqual(['dismiss']);
});

it('discards a screen that was picked just before the change was closed, but opens one that is picked later', async () => {
  const selected = change.selectScreen();
  pickers.shift()?.(true);
  change.close();
  expect(await selected).toBe(false);
  expect(log).not.toContain('stage screen');
  const again = change.selectScreen();
  pickers.shift()?.(true);
  expect(await again).toBe(true);
});

it('dismisses no picker that another part of the app has opened', () => {
  change.close();
  expect(log).toEqual([]);
});
