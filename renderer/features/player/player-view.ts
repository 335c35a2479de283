import { type RefObject, useEffect } from 'react';
import type { Player, PlayerView } from '../../media/shared/types.ts';

/** In device pixels. */
export interface SizePx {
  readonly widthPx: number;
  readonly heightPx: number;
}

/**
 * How large the picture is seen: where it is larger of the page and the system's small window, which is seen while the
 * page is hidden too. Pure.
 */
export function viewOf(canvas: SizePx, pageVisible: boolean, smallWindow: SizePx | null): PlayerView {
  const seen = [...(pageVisible ? [canvas] : []), ...(smallWindow ? [smallWindow] : [])];
  const largest = seen.reduce<SizePx>((a, b) => (area(b) > area(a) ? b : a), { widthPx: 0, heightPx: 0 });
  return area(largest) > 0
    ? { widthPx: largest.widthPx, heightPx: largest.heightPx, visible: true }
    : { widthPx: canvas.widthPx, heightPx: canvas.heightPx, visible: false };
}

/** Tells a player how large its canvas is seen, for as long as the view stands. */
export function usePlayerView(
  player: Player | null,
  canvas: RefObject<HTMLCanvasElement | null>,
  smallWindow: SizePx | null,
): void {
  useEffect(() => {
    const element = canvas.current;
    if (!player || !element) return;
    let size = cssSize(element);
    const tell = (): void =>
      player.setView(viewOf(size, document.visibilityState === 'visible', smallWindow));
    // The observer does not report while the page is hidden.
    tell();
    const observer = new ResizeObserver(([entry]) => {
      if (!entry) return;
      size = sizeOf(entry);
      tell();
    });
    if (EXACT) observer.observe(element, { box: 'device-pixel-content-box' });
    else observer.observe(element);
    document.addEventListener('visibilitychange', tell);
    return () => {
      observer.disconnect();
      document.removeEventListener('visibilitychange', tell);
    };
  }, [player, canvas, smallWindow]);
}

/** Chromium and Firefox know it, Safari does not. */
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
