import type { JSX } from 'react';
import { StageOverlay } from '../player/StageOverlay.tsx';
import { Button } from '../shared/Button.tsx';
import type { IconName } from '../shared/Icon.tsx';
import type { WatchPhase, WatchView } from './watch-view.ts';

const icons: Record<WatchPhase, IconName | null> = {
  connecting: null,
  waiting: 'clock',
  live: 'camera-off',
  ended: 'moon',
  failed: 'offline',
  disconnected: null,
};

interface WatchOverlayProps {
  view: WatchView;
  soundBlocked: boolean;
  onRetry(): void;
  onLeave(): void;
}

/** The state in words over the picture. While the picture moves only screen readers find it. */
export function WatchOverlay({ view, soundBlocked, onRetry, onLeave }: WatchOverlayProps): JSX.Element {
  const shown = view.overlay !== null;
  return (
    <StageOverlay
      shown={shown}
      icon={view.overlay === 'sound-only' ? 'volume' : icons[view.phase]}
      phase={view.phase}
      words={view}
      soundBlocked={soundBlocked && view.phase === 'live'}
      marks={{ status: { 'data-testid': 'watch-state', 'data-state': view.phase } }}
    >
      {shown && (view.step || view.retryInMs !== null) ? (
        <div className="overlay-steps">
          {view.retryInMs === null ? null : (
            <p className="overlay-count">
              {view.retryInMs < 500
                ? 'Trying again…'
                : `Trying again in ${Math.ceil(view.retryInMs / 1000)} s`}
            </p>
          )}
          {view.step === 'retry' ? (
            <Button variant="primary" icon="retry" data-testid="try-now" onClick={onRetry}>
              Try now
            </Button>
          ) : null}
          {view.step === 'back' ? <Button onClick={onLeave}>Back to home</Button> : null}
        </div>
      ) : null}
    </StageOverlay>
  );
}
