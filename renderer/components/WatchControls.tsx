import type { JSX, ReactNode } from 'react';
import { IconButton } from './Button.tsx';
import { LatencySelect } from './SettingsDialog.tsx';
import { StageButtons, type StageButtonsProps, VolumeSlider } from './StageControls.tsx';

interface WatchControlsProps extends StageButtonsProps {
  volume: number;
  muted: boolean;
  /** The choice of the quality. */
  quality: ReactNode;
  onVolume(volume: number): void;
  onMute(): void;
}

/** The bar over the bottom of the picture. */
export function WatchControls({
  volume,
  muted,
  quality,
  onVolume,
  onMute,
  ...rest
}: WatchControlsProps): JSX.Element {
  return (
    <div className="controls" role="toolbar" aria-label="Playback">
      <IconButton
        icon={muted || volume === 0 ? 'volume-off' : 'volume'}
        label={muted ? 'Sound on' : 'Mute'}
        shortcut="M"
        aria-pressed={muted}
        data-testid="mute"
        onClick={onMute}
      />
      <VolumeSlider volume={volume} muted={muted} onVolume={onVolume} />
      <span className="controls-space" />
      {quality}
      <div className="controls-select controls-latency">
        <LatencySelect bare />
      </div>
      <StageButtons {...rest} />
    </div>
  );
}
