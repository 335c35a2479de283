import { type RefObject, useCallback, useEffect, useRef } from 'react';
import type { Player } from '../../media/shared/player-types.ts';
import { usePlayerView } from './player-view.ts';
import { useFullScreen } from './use-full-screen.ts';
import { usePictureInPicture } from './use-picture-in-picture.ts';

/** The stage's elements and display modes. */
export interface StageParts {
  /** The video and everything on top of it. Full screen shows this element. */
  stage: RefObject<HTMLDivElement | null>;
  canvas: RefObject<HTMLCanvasElement | null>;
  /** The controls on top of the video. */
  chrome: RefObject<HTMLDivElement | null>;
  fullScreen: ReturnType<typeof useFullScreen>;
  pip: ReturnType<typeof usePictureInPicture>;
}

/** Attaches a player to the stage's canvas until the component unmounts. */
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
  return { stage, canvas, chrome, fullScreen: full, pip };
}
