import SwapIcon from 'lucide-react/icons/arrow-left-right';
import MicIcon from 'lucide-react/icons/mic';
import MicOffIcon from 'lucide-react/icons/mic-off';
import WarningIcon from 'lucide-react/icons/triangle-alert';
import CameraIcon from 'lucide-react/icons/video';
import CameraOffIcon from 'lucide-react/icons/video-off';
import { type JSX, type ReactNode, useState } from 'react';
import type { SourceKind } from '../../media/shared/source-types.ts';
import { LevelMeter } from '../capture/LevelMeter.tsx';
import { Button } from '../shared/Button.tsx';
import { StopIcon } from '../shared/filled-icons.tsx';
import { formatElapsed } from '../shared/format.ts';
import { Icon } from '../shared/Icon.tsx';
import { useNow, useReadable } from '../shared/readable.ts';
import { useLiveModel } from './live-context.ts';
import { Preview } from './Preview.tsx';
import { SourceChangeDialog } from './SourceChangeDialog.tsx';
import { SourceProblem } from './SourceProblem.tsx';
import './go-live.css';
import './live.css';

interface LiveScreenProps {
  heading: ReactNode;
  /** True while a lost connection keeps the broadcast from reaching viewers. */
  interrupted: boolean;
  /** Rendered on top of the preview, after the elapsed time. */
  marks?: ReactNode;
  /** Rendered between the preview and the controls. */
  status?: ReactNode;
  /** The cards beside the preview. */
  side: ReactNode;
  /** The card below the controls. In a narrow window it comes after the cards in `side`. */
  below: ReactNode;
  /** The kinds of source to offer. Default: all. */
  kinds?: readonly SourceKind[] | undefined;
  onStop(): void;
}

/**
 * The screen during a broadcast, with the preview and its controls. Shared by the app and a relay's publish
 * page.
 */
export function LiveScreen(props: LiveScreenProps): JSX.Element {
  const { heading, interrupted, marks, status, side, below, kinds, onStop } = props;
  const live = useLiveModel();
  const state = useReadable(live.publisher.state);
  const sinceMs = useReadable(live.sinceMs);
  const nowMs = useNow(1000);
  const [selecting, setSelecting] = useState(false);
  const muted = state.audio === 'muted';
  const silent = state.audio === 'off' || state.audio === 'failed';
  const videoOff = state.video === 'off';
  return (
    <main className="golive live">
      {heading}
      <div className="golive-columns">
        <div className="golive-stage">
          <Preview>
            <div className="live-marks">
              {interrupted ? (
                <span className="live-mark" role="status" data-testid="live-interrupted">
                  <Icon icon={WarningIcon} size={16} />
                  <span>Interrupted</span>
                </span>
              ) : (
                <>
                  <span className="live-badge">Live</span>
                  <span className="live-mark live-time">
                    {sinceMs === null ? '0:00' : formatElapsed(nowMs - sinceMs)}
                  </span>
                </>
              )}
              {marks}
            </div>
          </Preview>
          {status}
          <div className="live-controls">
            <Button
              icon={muted || silent ? MicOffIcon : MicIcon}
              aria-pressed={muted}
              disabled={silent}
              data-testid="mute"
              onClick={() => live.setMuted(!muted)}
            >
              {silent ? 'No sound' : muted ? 'Unmute' : 'Mute'}
            </Button>
            <Button
              icon={videoOff ? CameraOffIcon : CameraIcon}
              aria-pressed={videoOff}
              disabled={state.video === 'none'}
              data-testid="picture-off"
              onClick={() => live.setVideoOff(!videoOff)}
            >
              {videoOff ? 'Video on' : 'Video off'}
            </Button>
            <Button icon={SwapIcon} data-testid="switch-source" onClick={() => setSelecting(true)}>
              Change
            </Button>
            {muted || silent ? (
              <span className="live-controls-space" />
            ) : (
              <div className="live-controls-space golive-level">
                <Icon icon={MicIcon} size={18} />
                <LevelMeter level={live.publisher.level} label="Sound level" />
              </div>
            )}
            <Button variant="danger" icon={StopIcon} data-testid="stop-live" onClick={onStop}>
              Stop
            </Button>
          </div>
          <SourceProblem onChoose={() => setSelecting(true)} />
        </div>
        <div className="live-side">{side}</div>
        <div className="live-below">{below}</div>
      </div>
      {selecting ? <SourceChangeDialog kinds={kinds} onClose={() => setSelecting(false)} /> : null}
    </main>
  );
}
