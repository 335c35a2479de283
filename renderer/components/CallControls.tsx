import type { JSX } from 'react';
import { useApp, useSettings } from '../state/context.ts';
import { useReadable } from '../state/readable.ts';
import { IconButton } from './Button.tsx';
import './controls.css';

interface CallControlsProps {
  fullScreen: boolean;
  /** Null where there is no picture or no small window. */
  pip: { active: boolean; toggle(): void } | null;
  statsOpen: boolean;
  onVolume(volume: number): void;
  onShare(): void;
  onDevices(): void;
  onFullScreen(): void;
  onStats(): void;
  onHelp(): void;
  onHangUp(): void;
}

/** The bar over the bottom of a call. */
export function CallControls(props: CallControlsProps): JSX.Element {
  const app = useApp();
  const { sending } = app.calls;
  const { picture, muted, sharing } = useReadable(sending.wishes);
  const { volume } = useSettings();
  const percent = Math.round(volume * 100);
  return (
    <div className="controls call-controls" role="toolbar" aria-label="Call">
      <div className="call-group call-group-main">
        <IconButton
          className="call-round"
          icon={muted ? 'mic-off' : 'mic'}
          label={muted ? 'Unmute your microphone' : 'Mute your microphone'}
          shortcut="M"
          aria-pressed={muted}
          data-testid="call-mute"
          onClick={() => sending.setMuted(!muted)}
        />
        <IconButton
          className="call-round"
          icon={picture ? 'camera' : 'camera-off'}
          label={picture ? 'Switch your camera off' : 'Switch your camera on'}
          shortcut="C"
          aria-pressed={!picture}
          disabled={sharing}
          data-testid="call-camera"
          onClick={() => sending.setPicture(!picture)}
        />
        <IconButton
          className="call-round"
          icon={sharing ? 'share-off' : 'screen'}
          label={sharing ? 'Stop sharing your screen' : 'Share your screen instead of the camera'}
          shortcut="S"
          aria-pressed={sharing}
          data-testid="call-share"
          onClick={props.onShare}
        />
        <IconButton
          className="call-round"
          icon="swap"
          label="Camera and microphone…"
          data-testid="call-devices"
          onClick={props.onDevices}
        />
        <IconButton
          className="call-round call-end"
          icon="hang-up"
          label="Hang up"
          shortcut="H"
          data-testid="hang-up"
          onClick={props.onHangUp}
        />
      </div>
      <div className="call-group call-group-more">
        <input
          className="controls-volume"
          type="range"
          min={0}
          max={100}
          step={1}
          value={percent}
          aria-label="Volume"
          aria-valuetext={`${percent} percent`}
          onChange={(event) => props.onVolume(Number(event.target.value) / 100)}
        />
        <IconButton
          icon="stats"
          label="Details"
          shortcut="I"
          aria-pressed={props.statsOpen}
          data-testid="stats-toggle"
          onClick={props.onStats}
        />
        {app.compact.supported ? (
          <IconButton
            icon="compact"
            label="Small window on top of others"
            shortcut="P"
            data-testid="call-compact"
            onClick={() => app.compact.enter()}
          />
        ) : null}
        {props.pip ? (
          <IconButton
            icon="pip"
            label="Picture in picture"
            {...(app.compact.supported ? {} : { shortcut: 'P' })}
            aria-pressed={props.pip.active}
            onClick={props.pip.toggle}
          />
        ) : null}
        <IconButton
          icon="help"
          label="Keyboard shortcuts"
          shortcut="?"
          onClick={props.onHelp}
          className="controls-help"
        />
        <IconButton
          icon={props.fullScreen ? 'fullscreen-exit' : 'fullscreen'}
          label={props.fullScreen ? 'Leave full screen' : 'Full screen'}
          shortcut="F"
          onClick={props.onFullScreen}
        />
      </div>
    </div>
  );
}
