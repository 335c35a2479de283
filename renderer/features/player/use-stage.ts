import { type RefObject, useCallback, useEffect, useRef } from 'react';
import type { Player } from '../../media/shared/types.ts';
import { useFullScreen } from './full-screen.ts';
import { usePictureInPicture } from './picture-in-picture.ts';
import { usePlayerView } from './player-view.ts';

/** Where a player's picture is shown, and what it can be made to fill. */
export interface StageParts {
  /** What full screen takes: the picture and all that lies over it. */
  stage: RefObject<HTMLDivElement | null>;
  canvas: RefObject<HTMLCanvasElement | null>;
  /** The controls over the picture. */
  chrome: RefObject<HTMLDivElement | null>;
  full: ReturnType<typeof useFullScreen>;
  pip: ReturnType<typeof usePictureInPicture>;
}

/** Gives a player the canvas of the view, for as long as that stands. */
export function useStage(player: Player | null): StageParts {
  const stage = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const chrome = useRef<HTMLDivElement>(null);
  useEffect(() => {
    player?.setCanvas(canvas.current);
    return () => player?.setCanvas(null);
  }, [player]);
  const pip = usePictureInPicture(useCallback(() => player?.videoStream() ?? null, [player]));
  usePlayerView(player, canvas, pip.size);
  const full = useFullScreen(useCallback(() => stage.current, []));
  return { stage, canvas, chrome, full, pip };
}
