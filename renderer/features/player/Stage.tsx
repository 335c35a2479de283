import type { JSX, ReactNode } from 'react';
import type { StageParts } from './use-stage.ts';

interface StageProps {
  parts: StageParts;
  /** Nothing moves but the picture: the controls are out of the way. */
  idle: boolean;
  /** `last`: the last one stands still. */
  picture: 'moving' | 'last' | 'none';
  /** Whose picture it is. */
  name: string;
  /** The picture's mark for tests. */
  canvasId: string;
  onDoubleClick(): void;
  /** What lies over the picture. */
  children: ReactNode;
}

/** A picture that fills its view. */
export function Stage({
  parts,
  idle,
  picture,
  name,
  canvasId,
  onDoubleClick,
  children,
}: StageProps): JSX.Element {
  return (
    <div ref={parts.stage} className={`watch-stage ${idle ? 'watch-idle' : ''}`} data-picture={picture}>
      <canvas
        ref={parts.canvas}
        className="watch-canvas"
        data-testid={canvasId}
        role="img"
        aria-label={picture === 'moving' ? `Picture from ${name}` : 'No moving picture'}
        onDoubleClick={onDoubleClick}
      />
      {children}
    </div>
  );
}
