import type { JSX } from 'react';
import type { WatchPhase, WatchView } from '../state/watch-view.ts';
import { Button } from './Button.tsx';
import { Icon, type IconName } from './Icon.tsx';
import './overlay.css';

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
  const icon = view.overlay === 'sound-only' ? 'volume' : icons[view.phase];
  const shown = view.overlay !== null;
  return (
    <div className={shown ? 'overlay overlay-shown' : 'overlay'}>
      <div className={shown ? 'overlay-card' : 'overlay-bare'}>
        {shown ? (
          <span className="overlay-icon" data-phase={view.phase}>
            {icon ? (
              <Icon name={icon} size={34} />
            ) : (
              <span className="spinner spinner-large" aria-hidden="true" />
            )}
          </span>
        ) : null}
        <div
          className={shown ? 'overlay-words' : 'only-read'}
          role="status"
          data-testid="watch-state"
          data-state={view.phase}
        >
          <p className="overlay-title">{view.title}</p>
          {view.body ? <p className="overlay-body">{view.body}</p> : null}
        </div>
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
              <Button look="primary" icon="retry" data-testid="try-now" onClick={onRetry}>
                Try now
              </Button>
            ) : null}
            {view.step === 'back' ? <Button onClick={onLeave}>Back to the start</Button> : null}
          </div>
        ) : null}
      </div>
      {soundBlocked && view.phase === 'live' ? (
        // Any press in the window lets the sound through; the button is where people look for it.
        <Button
          look="primary"
          size="large"
          icon="volume"
          className="overlay-sound"
          data-testid="sound-blocked"
        >
          Click for sound
        </Button>
      ) : null}
    </div>
  );
}
