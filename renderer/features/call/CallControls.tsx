import SwapIcon from 'lucide-react/icons/arrow-left-right';
import MicIcon from 'lucide-react/icons/mic';
import MicOffIcon from 'lucide-react/icons/mic-off';
import ScreenIcon from 'lucide-react/icons/monitor';
import ShareOffIcon from 'lucide-react/icons/monitor-x';
import CompactIcon from 'lucide-react/icons/picture-in-picture';
import CameraIcon from 'lucide-react/icons/video';
import CameraOffIcon from 'lucide-react/icons/video-off';
import VolumeIcon from 'lucide-react/icons/volume-2';
import VolumeOffIcon from 'lucide-react/icons/volume-x';
import type { JSX, ReactNode } from 'react';
import { StageButtons, type StageButtonsProps, VolumeSlider } from '../player/StageControls.tsx';
import { IconButton } from '../shared/Button.tsx';
import { useSettings } from '../shared/context.ts';
import { HangUpIcon } from '../shared/filled-icons.tsx';
import { Icon } from '../shared/Icon.tsx';
import { useReadable } from '../shared/readable.ts';
import { useCallModel, useCompactWindow } from './call-context.ts';
import { ownStatus } from './call-sender.ts';

interface CallControlsProps extends StageButtonsProps {
  /** The quality selector, rendered among the controls. */
  quality: ReactNode;
  onVolume(volume: number): void;
  onShare(): void;
  onDevices(): void;
  onHangUp(): void;
}

/** The control bar at the bottom of the Call screen. */
export function CallControls(props: CallControlsProps): JSX.Element {
  const { quality, onVolume, onShare, onDevices, onHangUp, ...rest } = props;
  const compactWindow = useCompactWindow();
  const { sender } = useCallModel();
  const { sharing, ...preferences } = useReadable(sender.preferences);
  const own = useReadable(sender.publisher.state);
  // The peer sees a camera that could not be opened as turned off. A shared screen does not depend on the
  // camera.
  const video = preferences.video && (sharing || own.video !== 'failed');
  const { volume } = useSettings();
  return (
    <div className="controls call-controls" role="toolbar" aria-label="Call">
      <div className="call-group call-group-quality">{quality}</div>
      <div className="call-group call-group-main">
        <MicrophoneButton className="call-round" />
        <IconButton
          className="call-round"
          icon={video ? CameraIcon : CameraOffIcon}
          label={video ? 'Turn your camera off' : 'Turn your camera on'}
          shortcut="C"
          aria-pressed={!video}
          disabled={sharing}
          data-testid="call-camera"
          onClick={() => sender.setVideo(!video)}
        />
        <IconButton
          className="call-round"
          icon={sharing ? ShareOffIcon : ScreenIcon}
          label={sharing ? 'Stop sharing your screen' : 'Share your screen instead of the camera'}
          shortcut="S"
          aria-pressed={sharing}
          data-testid="call-share"
          onClick={onShare}
        />
        <IconButton
          className="call-round"
          icon={SwapIcon}
          label="Camera and microphone…"
          data-testid="call-devices"
          onClick={onDevices}
        />
        <IconButton
          className="call-round call-end"
          icon={HangUpIcon}
          label="Hang up"
          shortcut="H"
          data-testid="hang-up"
          onClick={onHangUp}
        />
      </div>
      <div className="call-group call-group-more">
        <span className="call-volume">
          <Icon icon={volume === 0 ? VolumeOffIcon : VolumeIcon} size={20} />
          <VolumeSlider volume={volume} onVolume={onVolume} />
        </span>
        <StageButtons {...rest}>
          {compactWindow.supported ? (
            <IconButton
              icon={CompactIcon}
              label="Keep on top in a small window"
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

/** Button that mutes or unmutes the user's microphone. If the microphone could not be opened, it is shown as off. */
export function MicrophoneButton({ className }: { className?: string }): JSX.Element {
  const { sender } = useCallModel();
  const own = useReadable(sender.publisher.state);
  const { muted } = ownStatus(useReadable(sender.preferences), own);
  const offLabel =
    own.audio === 'failed' ? 'Your microphone is off. Click to turn it on' : 'Unmute your microphone';
  return (
    <IconButton
      {...(className === undefined ? {} : { className })}
      icon={muted ? MicOffIcon : MicIcon}
      label={muted ? offLabel : 'Mute your microphone'}
      shortcut="M"
      aria-pressed={muted}
      data-testid="call-mute"
      onClick={() => sender.setMuted(!muted)}
    />
  );
}
