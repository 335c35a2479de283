import type { Device } from '../../media/shared/types.ts';

/** The value of the system's default device in a list. */
export const DEFAULT_DEVICE = '';

/** List entries for devices. A device without a label, before the user grants permission, gets a number. */
export function deviceChoices(devices: readonly Device[], noun: string): { value: string; label: string }[] {
  return devices.map((device, index) => ({
    value: device.id,
    label: device.label || `${noun} ${index + 1}`,
  }));
}
