import type { JSX, ReactNode } from 'react';
import { StageButtons, type StageButtonsProps, VolumeSlider } from '../player/StageControls.tsx';
import { IconButton } from '../shared/Button.tsx';

interface WatchControlsProps extends StageButtonsProps {
  volume: number;
  muted: boolean;
  /** What is chosen from lists: the delay, the quality. */
  choices?: ReactNode;
  onVolume(volume: number): void;
  onMute(): void;
}

/** The bar over the bottom of the picture. */
export function WatchControls(props: WatchControlsProps): JSX.Element {
  const { volume, muted, choices, onVolume, onMute, ...rest } = props;
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
      {choices}
      <StageButtons {...rest} />
    </div>
  );
}
