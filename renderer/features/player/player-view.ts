import { type RefObject, useEffect } from 'react';
import type { Player, PlayerView } from '../../media/shared/player-types.ts';

/** A size in device pixels. */
export interface SizePx {
  readonly widthPx: number;
  readonly heightPx: number;
}

/**
 * The view of a player whose video is both on the page and in a picture-in-picture window: the larger of the
 * two, or only the small window while the page is hidden. Pure.
 */
export function largestView(canvas: SizePx, pageVisible: boolean, smallWindow: SizePx | null): PlayerView {
  const visible = [...(pageVisible ? [canvas] : []), ...(smallWindow ? [smallWindow] : [])];
  const largest = visible.reduce<SizePx>((a, b) => (area(b) > area(a) ? b : a), { widthPx: 0, heightPx: 0 });
  return area(largest) > 0
    ? { widthPx: largest.widthPx, heightPx: largest.heightPx, visible: true }
    : { widthPx: canvas.widthPx, heightPx: canvas.heightPx, visible: false };
}

/** Reports the size and visibility of a player's view to the player. */
export function usePlayerView(
  player: Player | null,
  canvas: RefObject<HTMLCanvasElement | null>,
  smallWindow: SizePx | null,
): void {
  useEffect(() => {
    const element = canvas.current;
    if (!player || !element) return;
    let size = cssSize(element);
    const update = (): void =>
      player.setView(largestView(size, document.visibilityState === 'visible', smallWindow));
    // The resize observer does not report while the page is hidden, so report the view immediately.
    update();
    const observer = new ResizeObserver(([entry]) => {
      if (!entry) return;
      size = sizeOf(entry);
      update();
    });
    if (EXACT) observer.observe(element, { box: 'device-pixel-content-box' });
    else observer.observe(element);
    document.addEventListener('visibilitychange', update);
    return () => {
      observer.disconnect();
      document.removeEventListener('visibilitychange', update);
    };
  }, [player, canvas, smallWindow]);
}

/** Whether the browser reports sizes in device pixels. Chromium and Firefox do; Safari does not. */
const EXACT =
  typeof ResizeObserverEntry !== 'undefined' && 'devicePixelContentBoxSize' in ResizeObserverEntry.prototype;

function sizeOf({ devicePixelContentBoxSize, target }: ResizeObserverEntry): SizePx {
  const exact = EXACT ? devicePixelContentBoxSize[0] : undefined;
  return exact ? { widthPx: exact.inlineSize, heightPx: exact.blockSize } : cssSize(target);
}

function cssSize(element: Element): SizePx {
  const { clientWidth, clientHeight } = element;
  return {
    widthPx: Math.round(clientWidth * devicePixelRatio),
    heightPx: Math.round(clientHeight * devicePixelRatio),
  };
}

function area({ widthPx, heightPx }: SizePx): number {
  return widthPx * heightPx;
}
