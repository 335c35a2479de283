import type { JSX } from 'react';
import type { Device } from '../../media/shared/types.ts';
import { useApp, useSettings } from '../shared/context.ts';
import { Select } from '../shared/Field.tsx';
import { useReadable } from '../shared/readable.ts';

/** The value that stands for the system's default device in a list. */
export const DEFAULT_DEVICE = '';

/** A list of devices for a choice. Names are not known before permission was given once. */
export function deviceChoices(devices: readonly Device[], noun: string): { value: string; label: string }[] {
  return devices.map((device, index) => ({
    value: device.id,
    label: device.label || `${noun} ${index + 1}`,
  }));
}

/** Camera and microphone of a call. */
export function CallDevices(): JSX.Element {
  const app = useApp();
  const cameras = useReadable(app.media.devices.cameras);
  const microphones = useReadable(app.media.devices.microphones);
  const { cameraId, microphoneId } = useSettings();
  const known = (devices: readonly Device[], id: string | null): string =>
    id !== null && devices.some((device) => device.id === id) ? id : DEFAULT_DEVICE;
  return (
    <>
      <Select
        label="Camera"
        icon="camera"
        data-testid="call-camera-select"
        value={known(cameras, cameraId)}
        choices={[
          { value: DEFAULT_DEVICE, label: cameras.length === 0 ? 'No camera found' : 'The usual camera' },
          ...deviceChoices(cameras, 'Camera'),
        ]}
        onChange={(value) => app.calls.selectCamera(value === DEFAULT_DEVICE ? null : value)}
      />
      <Select
        label="Microphone"
        icon="mic"
        data-testid="call-microphone-select"
        value={known(microphones, microphoneId)}
        choices={[
          { value: DEFAULT_DEVICE, label: 'The usual microphone' },
          ...deviceChoices(microphones, 'Microphone'),
        ]}
        onChange={(value) => app.calls.selectMicrophone(value === DEFAULT_DEVICE ? null : value)}
      />
    </>
  );
}
