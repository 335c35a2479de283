import { type JSX, type ReactNode, useRef } from 'react';
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
  // If the user double-clicks the button that opens this screen, the second click lands on the canvas, where
  // it must have no effect.
  const clicked = useRef(false);
  return (
    <div ref={parts.stage} className={`watch-stage ${idle ? 'watch-idle' : ''}`} data-picture={video}>
      <canvas
        ref={parts.canvas}
        className="watch-canvas"
        data-testid={canvasId}
        role="img"
        aria-label={video === 'moving' ? `Video from ${name}` : 'No video'}
        onClick={({ detail }) => {
          if (detail === 1) clicked.current = true;
        }}
        onDoubleClick={() => {
          if (clicked.current) onDoubleClick();
          clicked.current = false;
        }}
      />
      {children}
    </div>
  );
}
