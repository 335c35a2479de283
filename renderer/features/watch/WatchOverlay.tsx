import ClockIcon from 'lucide-react/icons/clock';
import MoonIcon from 'lucide-react/icons/moon';
import RetryIcon from 'lucide-react/icons/rotate-cw';
import CameraOffIcon from 'lucide-react/icons/video-off';
import VolumeIcon from 'lucide-react/icons/volume-2';
import OfflineIcon from 'lucide-react/icons/wifi-off';
import type { JSX } from 'react';
import { StageOverlay } from '../player/StageOverlay.tsx';
import { Button } from '../shared/Button.tsx';
import type { IconShape } from '../shared/Icon.tsx';
import type { WatchPhase, WatchView } from './watch-view.ts';

const icons: Record<WatchPhase, IconShape | null> = {
  connecting: null,
  waiting: ClockIcon,
  live: CameraOffIcon,
  ended: MoonIcon,
  failed: OfflineIcon,
  disconnected: null,
};

interface WatchOverlayProps {
  view: WatchView;
  audioBlocked: boolean;
  onRetry(): void;
  /** Leaves the Watch screen; null if there is no other screen. */
  onLeave: (() => void) | null;
}

/** The broadcast's state, as text on top of the video. While video plays, only screen readers read it. */
export function WatchOverlay({ view, audioBlocked, onRetry, onLeave }: WatchOverlayProps): JSX.Element {
  const shown = view.overlay !== null;
  return (
    <StageOverlay
      shown={shown}
      icon={view.overlay === 'audio-only' ? VolumeIcon : icons[view.phase]}
      phase={view.phase}
      text={view}
      audioBlocked={audioBlocked && view.phase === 'live'}
      marks={{ status: { 'data-testid': 'watch-state', 'data-state': view.phase } }}
    >
      {shown && (view.action || view.retryInMs !== null) ? (
        <div className="overlay-steps">
          {view.retryInMs === null ? null : (
            <p className="overlay-count">
              {view.retryInMs < 500
                ? 'Trying again…'
                : `Trying again in ${Math.ceil(view.retryInMs / 1000)} s`}
            </p>
          )}
          {view.action === 'retry' ? (
            <Button variant="primary" icon={RetryIcon} data-testid="try-now" onClick={onRetry}>
              Try now
            </Button>
          ) : null}
          {view.action === 'back' && onLeave ? <Button onClick={onLeave}>Back to home</Button> : null}
        </div>
      ) : null}
    </StageOverlay>
  );
}
