import type { JSX, ReactNode } from 'react';
import { IconButton } from '../shared/Button.tsx';
import './controls.css';

/** Of the bar over the bottom of a picture, what watching and calls have in common. */

interface VolumeSliderProps {
  /** 0..1. */
  volume: number;
  muted?: boolean;
  onVolume(volume: number): void;
}

export function VolumeSlider({ volume, muted = false, onVolume }: VolumeSliderProps): JSX.Element {
  const percent = Math.round(volume * 100);
  return (
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
      onChange={(event) => onVolume(Number(event.target.value) / 100)}
    />
  );
}

export interface StageButtonsProps {
  /** Null where there is none. */
  fullScreen: boolean | null;
  /** The system's small window; null where there is no picture or none of those. `shortcut`: unless P does more. */
  pip: { active: boolean; shortcut: boolean; toggle(): void } | null;
  statsOpen: boolean;
  onFullScreen(): void;
  onStats(): void;
  onHelp(): void;
  /** More buttons, in the middle. */
  children?: ReactNode;
}

export function StageButtons(props: StageButtonsProps): JSX.Element {
  const { fullScreen, pip, statsOpen } = props;
  return (
    <>
      <IconButton
        icon="stats"
        label="Details"
        shortcut="I"
        aria-pressed={statsOpen}
        data-testid="stats-toggle"
        onClick={props.onStats}
      />
      {props.children}
      {pip ? (
        <IconButton
          icon="pip"
          label="Picture in picture"
          {...(pip.shortcut ? { shortcut: 'P' } : {})}
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
    </>
  );
}
