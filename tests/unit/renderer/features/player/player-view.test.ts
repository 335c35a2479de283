import { expect, it } from 'vitest';
import { largestView } from '../../../../../renderer/features/player/player-view.ts';

const page = { widthPx: 1280, heightPx: 720 };
const small = { widthPx: 480, heightPx: 270 };
const none = { widthPx: 0, heightPx: 0 };

it('largestView prefers the page’s canvas, unless the small window is larger or the page is hidden', () => {
  expect(largestView(page, true, null)).toEqual({ ...page, visible: true });
  expect(largestView(page, true, small)).toEqual({ ...page, visible: true });
  expect(largestView({ widthPx: 320, heightPx: 180 }, true, small)).toEqual({ ...small, visible: true });
  expect(largestView(page, false, small)).toEqual({ ...small, visible: true });
  expect(largestView(page, false, null)).toEqual({ ...page, visible: false });
  expect(largestView(none, true, null)).toEqual({ ...none, visible: false });
  expect(largestView(page, false, none)).toEqual({ ...page, visible: false });
});
