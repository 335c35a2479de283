import type { JSX, ReactNode } from 'react';
import { StageButtons, type StageButtonsProps, VolumeSlider } from '../player/StageControls.tsx';
import { IconButton } from '../shared/Button.tsx';
import { useSettings } from '../shared/context.ts';
import { Icon } from '../shared/Icon.tsx';
import { useReadable } from '../shared/readable.ts';

import { useCallModel, useCompact } from './call-context.ts';

interface CallControlsProps extends StageButtonsProps {
  /** The choice of the quality. */
  quality: ReactNode;
  onVolume(volume: number): void;
  onShare(): void;
  onDevices(): void;
  onHangUp(): void;
}

/** The bar over the bottom of a call. */
export function CallControls(props: CallControlsProps): JSX.Element {
  const { quality, onVolume, onShare, onDevices, onHangUp, ...rest } = props;
  const compactWindow = useCompact();
  const { sending } = useCallModel();
  const { picture, sharing } = useReadable(sending.wishes);
  const { volume } = useSettings();
  return (
    <div className="controls call-controls" role="toolbar" aria-label="Call">
      <div className="call-group call-group-quality">{quality}</div>
      <div className="call-group call-group-main">
        <MicrophoneButton className="call-round" />
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
          onClick={onShare}
        />
        <IconButton
          className="call-round"
          icon="swap"
          label="Camera and microphone…"
          data-testid="call-devices"
          onClick={onDevices}
        />
        <IconButton
          className="call-round call-end"
          icon="hang-up"
          label="Hang up"
          shortcut="H"
          data-testid="hang-up"
          onClick={onHangUp}
        />
      </div>
      <div className="call-group call-group-more">
        <span className="call-volume">
          <Icon name={volume === 0 ? 'volume-off' : 'volume'} size={20} />
          <VolumeSlider volume={volume} onVolume={onVolume} />
        </span>
        <StageButtons {...rest}>
          {compactWindow.supported ? (
            <IconButton
              icon="compact"
              label="Small window on top of others"
              shortcut="P"
              data-testid="call-compact"
              onClick={() => compactWindow.enter()}
            />
          ) : null}
        </StageButtons>
      </div>
    </div>
  );
}

/** The own microphone on or off. */
export function MicrophoneButton({ className }: { className?: string }): JSX.Element {
  const { sending } = useCallModel();
  const { muted } = useReadable(sending.wishes);
  return (
    <IconButton
      {...(className === undefined ? {} : { className })}
      icon={muted ? 'mic-off' : 'mic'}
      label={muted ? 'Unmute your microphone' : 'Mute your microphone'}
      shortcut="M"
      aria-pressed={muted}
      data-testid="call-mute"
      onClick={() => sending.setMuted(!muted)}
    />
  );
}
