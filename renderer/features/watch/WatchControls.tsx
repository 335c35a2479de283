import VolumeIcon from 'lucide-react/icons/volume-2';
import VolumeOffIcon from 'lucide-react/icons/volume-x';
import type { JSX, ReactNode } from 'react';
import { StageButtons, type StageButtonsProps, VolumeSlider } from '../player/StageControls.tsx';
import { IconButton } from '../shared/Button.tsx';

interface WatchControlsProps extends StageButtonsProps {
  /** The volume, 0 to 1. */
  volume: number;
  muted: boolean;
  /** The quality and delay selectors. */
  selectors: ReactNode;
  onVolume(volume: number): void;
  onMute(): void;
}

/** The control bar at the bottom of the Watch screen. */
export function WatchControls(props: WatchControlsProps): JSX.Element {
  const { volume, muted, selectors, onVolume, onMute, ...rest } = props;
  return (
    <div className="controls" role="toolbar" aria-label="Playback">
      <IconButton
        icon={muted || volume === 0 ? VolumeOffIcon : VolumeIcon}
        label={muted ? 'Unmute' : 'Mute'}
        shortcut="M"
        aria-pressed={muted}
        data-testid="mute"
        onClick={onMute}
      />
      <VolumeSlider volume={volume} muted={muted} onVolume={onVolume} />
      <span className="controls-space" />
      {selectors}
      <StageButtons {...rest} />
    </div>
  );
}
