import { expect, it } from 'vitest';
import { viewOf } from '../../../../../renderer/features/player/player-view.ts';

const page = { widthPx: 1280, heightPx: 720 };
const small = { widthPx: 480, heightPx: 270 };
const none = { widthPx: 0, heightPx: 0 };

it('is the page’s picture, unless the small window’s is larger or the page is hidden', () => {
  expect(viewOf(page, true, null)).toEqual({ ...page, visible: true });
  expect(viewOf(page, true, small)).toEqual({ ...page, visible: true });
  expect(viewOf({ widthPx: 320, heightPx: 180 }, true, small)).toEqual({ ...small, visible: true });
  expect(viewOf(page, false, small)).toEqual({ ...small, visible: true });
  expect(viewOf(page, false, null)).toEqual({ ...page, visible: false });
  expect(viewOf(none, true, null)).toEqual({ ...none, visible: false });
  expect(viewOf(page, false, none)).toEqual({ ...page, visible: false });
});
