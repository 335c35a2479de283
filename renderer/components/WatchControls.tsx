import type { JSX, ReactNode } from 'react';
import { IconButton } from './Button.tsx';
import './controls.css';

interface WatchControlsProps {
  volume: number;
  muted: boolean;
  /** Null where there is none. */
  fullScreen: boolean | null;
  /** Null where there is no picture or no small window. */
  pip: { active: boolean; toggle(): void } | null;
  statsOpen: boolean;
  /** What is chosen from lists: the delay, the quality. */
  choices?: ReactNode;
  onVolume(volume: number): void;
  onMute(): void;
  onFullScreen(): void;
  onStats(): void;
  onHelp(): void;
}

/** The bar over the bottom of the picture. */
export function WatchControls(props: WatchControlsProps): JSX.Element {
  const { volume, muted, fullScreen, pip, statsOpen } = props;
  const silent = muted || volume === 0;
  const percent = Math.round(volume * 100);
  return (
    <div className="controls" role="toolbar" aria-label="Playback">
      <IconButton
        icon={silent ? 'volume-off' : 'volume'}
        label={muted ? 'Sound on' : 'Mute'}
        shortcut="M"
        aria-pressed={muted}
        data-testid="mute"
        onClick={props.onMute}
      />
      <input
        className="controls-volume"
        type="range"
        min={0}
        max={100}
        step={1}
        value={muted ? 0 : percent}
        aria-label="Volume"
        aria-valuetext={muted ? 'Muted' : `${percent} percent`}
        data-testid="volume"
        onChange={(event) => props.onVolume(Number(event.target.value) / 100)}
      />
      <span className="controls-space" />
      <div className="controls-latency">{props.choices}</div>
      <IconButton
        icon="stats"
        label="Details"
        shortcut="I"
        aria-pressed={statsOpen}
        data-testid="stats-toggle"
        onClick={props.onStats}
      />
      {pip ? (
        <IconButton
          icon="pip"
          label="Small window"
          shortcut="P"
          aria-pressed={pip.active}
          onClick={pip.toggle}
        />
      ) : null}
      <IconButton
        icon="help"
        label="Keyboard shortcuts"
        shortcut="?"
        onClick={props.onHelp}
        className="controls-help"
      />
      {fullScreen === null ? null : (
        <IconButton
          icon={fullScreen ? 'fullscreen-exit' : 'fullscreen'}
          label={fullScreen ? 'Leave full screen' : 'Full screen'}
          shortcut="F"
          onClick={props.onFullScreen}
        />
      )}
    </div>
  );
}
