import StatsIcon from 'lucide-react/icons/chart-no-axes-column';
import HelpIcon from 'lucide-react/icons/circle-question-mark';
import FullscreenIcon from 'lucide-react/icons/maximize';
import FullscreenExitIcon from 'lucide-react/icons/minimize';
import PipIcon from 'lucide-react/icons/picture-in-picture-2';
import type { JSX, ReactNode } from 'react';
import { IconButton } from '../shared/Button.tsx';
import './controls.css';

interface VolumeSliderProps {
  /** The volume, 0 to 1. */
  volume: number;
  muted?: boolean;
  onVolume(volume: number): void;
}

/** The volume slider in the control bar. */
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

/** The state and actions of the buttons that Watch and Call share. */
export interface StageButtonsProps {
  /** Whether full screen is active; null if it is not supported. */
  fullScreen: boolean | null;
  /**
   * Picture in picture; null if there is no video or the browser does not support it. `shortcut` is false if
   * the P key has another function.
   */
  pip: { active: boolean; shortcut: boolean; toggle(): void } | null;
  detailsOpen: boolean;
  onFullScreen(): void;
  onDetails(): void;
  onHelp(): void;
  /** Buttons to the right of the details button. */
  children?: ReactNode;
}

/** The buttons at the right end of the control bar. */
export function StageButtons(props: StageButtonsProps): JSX.Element {
  const { fullScreen, pip, detailsOpen } = props;
  return (
    <>
      <IconButton
        icon={StatsIcon}
        label="Details"
        shortcut="I"
        aria-pressed={detailsOpen}
        data-testid="stats-toggle"
        onClick={props.onDetails}
      />
      {props.children}
      {pip ? (
        <IconButton
          icon={PipIcon}
          label="Picture in picture"
          {...(pip.shortcut ? { shortcut: 'P' } : {})}
          aria-pressed={pip.active}
          onClick={pip.toggle}
        />
      ) : null}
      <IconButton
        icon={HelpIcon}
        label="Keyboard shortcuts"
        shortcut="?"
        onClick={props.onHelp}
        className="controls-help"
      />
      {fullScreen === null ? null : (
        <IconButton
          icon={fullScreen ? FullscreenExitIcon : FullscreenIcon}
          label={fullScreen ? 'Exit full screen' : 'Full screen'}
          shortcut="F"
          onClick={props.onFullScreen}
        />
      )}
    </>
  );
}
