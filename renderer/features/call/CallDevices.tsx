import MicIcon from 'lucide-react/icons/mic';
import CameraIcon from 'lucide-react/icons/video';
import type { JSX } from 'react';
import type { Device } from '../../media/shared/source-types.ts';
import { DEFAULT_DEVICE, deviceChoices } from '../capture/device-choices.ts';
import { useApp, useSettings } from '../shared/context.ts';
import { Select } from '../shared/Field.tsx';
import { useReadable } from '../shared/readable.ts';
import { useCallModel } from './call-context.ts';

/** Selects the camera and microphone for a call. */
export function CallDevices(): JSX.Element {
  const app = useApp();
  const calls = useCallModel();
  const cameras = useReadable(app.media.devices.cameras);
  const microphones = useReadable(app.media.devices.microphones);
  const { cameraId, microphoneId } = useSettings();
  const known = (devices: readonly Device[], id: string | null): string =>
    id !== null && devices.some((device) => device.id === id) ? id : DEFAULT_DEVICE;
  return (
    <>
      <Select
        label="Camera"
        icon={CameraIcon}
        data-testid="call-camera-select"
        value={known(cameras, cameraId)}
        choices={[
          { value: DEFAULT_DEVICE, label: cameras.length === 0 ? 'No camera found' : 'System default' },
          ...deviceChoices(cameras, 'Camera'),
        ]}
        onChange={(value) => calls.selectCamera(value === DEFAULT_DEVICE ? null : value)}
      />
      <Select
        label="Microphone"
        icon={MicIcon}
        data-testid="call-microphone-select"
        value={known(microphones, microphoneId)}
        choices={[
          { value: DEFAULT_DEVICE, label: 'System default' },
          ...deviceChoices(microphones, 'Microphone'),
        ]}
        onChange={(value) => calls.selectMicrophone(value === DEFAULT_DEVICE ? null : value)}
      />
    </>
  );
}
