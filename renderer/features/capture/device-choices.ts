import type { Device } from '../../media/shared/source-types.ts';

/** The list value that stands for the system's default device. */
export const DEFAULT_DEVICE = '';

/**
 * List entries for devices. A device has no label until the user grants permission, so it gets a number
 * instead.
 */
export function deviceChoices(devices: readonly Device[], noun: string): { value: string; label: string }[] {
  return devices.map((device, index) => ({
    value: device.id,
    label: device.label || `${noun} ${index + 1}`,
  }));
}
