import { type JSX, type ReactNode, type RefObject, useEffect, useRef } from 'react';
import type { StageParts } from './use-stage.ts';

interface StageProps {
  parts: StageParts;
  /** Whether the controls are hidden. */
  idle: boolean;
  /** Whether the canvas shows live video, the last frame, or nothing. */
  video: 'moving' | 'last' | 'none';
  /** The name of the broadcast or caller, for screen readers. */
  name: string;
  /** The canvas's `data-testid`. */
  canvasId: string;
  onDoubleClick(): void;
  /** Overlays and controls on top of the video. */
  children: ReactNode;
}

/** A video that fills the window, with its overlays and controls. */
export function Stage({
  parts,
  idle,
  video,
  name,
  canvasId,
  onDoubleClick,
  children,
}: StageProps): JSX.Element {
  const beganOnVideo = useClicksBeginningOn(parts.canvas);
  return (
    <div ref={parts.stage} className={`watch-stage ${idle ? 'watch-idle' : ''}`} data-picture={video}>
      <canvas
        ref={parts.canvas}
        className="watch-canvas"
        data-testid={canvasId}
        role="img"
        aria-label={video === 'moving' ? `Video from ${name}` : 'No video'}
        onDoubleClick={() => {
          if (beganOnVideo.current) onDoubleClick();
        }}
      />
      {children}
    </div>
  );
}

/**
 * Returns whether the last click, or the first half of the last double click, was on `element`. If the user
 * double-clicks a button that disappears, such as the one that opens this screen, the second click lands on
 * the video, where it must have no effect.
 */
function useClicksBeginningOn(element: RefObject<Element | null>): RefObject<boolean> {
  const began = useRef(false);
  useEffect(() => {
    const update = ({ detail, target }: MouseEvent): void => {
      if (detail === 1) began.current = target === element.current;
    };
    document.addEventListener('mousedown', update, { capture: true });
    return () => document.removeEventListener('mousedown', update, { capture: true });
  }, [element]);
  return began;
}
