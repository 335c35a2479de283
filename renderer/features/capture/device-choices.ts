import type { Device } from '../../media/shared/types.ts';

/** The value that stands for the system's default device in a list. */
export const DEFAULT_DEVICE = '';

/** A list of devices for a choice. Names are not known before permission was given once. */
export function deviceChoices(devices: readonly Device[], noun: string): { value: string; label: string }[] {
  return devices.map((device, index) => ({
    value: device.id,
    label: device.label || `${noun} ${index + 1}`,
  }));
}
