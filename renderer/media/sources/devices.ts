import { type Readable, Store } from '../../../common/base/store.ts';
import type { Device, Devices } from '../shared/source-types.ts';

/** The part of navigator.mediaDevices that `DeviceLists` uses. */
export interface DeviceSource {
  enumerateDevices(): Promise<readonly Pick<MediaDeviceInfo, 'deviceId' | 'kind' | 'label'>[]>;
  addEventListener(type: 'devicechange', listener: () => void): void;
  removeEventListener(type: 'devicechange', listener: () => void): void;
}

/** Keeps the lists of cameras and microphones up to date. */
export class DeviceLists implements Devices {
  readonly #source: DeviceSource;
  readonly #cameras = new Store<readonly Device[]>([]);
  readonly #microphones = new Store<readonly Device[]>([]);
  readonly #onChange = () => void this.refresh();
  #reading: Promise<void> | undefined;
  #again = false;
  #closed = false;

  constructor(source: DeviceSource) {
    this.#source = source;
    source.addEventListener('devicechange', this.#onChange);
    void this.refresh();
  }

  get cameras(): Readable<readonly Device[]> {
    return this.#cameras;
  }

  get microphones(): Readable<readonly Device[]> {
    return this.#microphones;
  }

  /**
   * Reads the lists again. Call this after permission is granted, because no event reports that labels have
   * become available. Never rejects.
   */
  refresh(): Promise<void> {
    if (this.#reading) {
      this.#again = true;
      return this.#reading;
    }
    this.#reading = this.#read().finally(() => {
      this.#reading = undefined;
      if (this.#again && !this.#closed) {
        this.#again = false;
        void this.refresh();
      }
    });
    return this.#reading;
  }

  close(): void {
    this.#closed = true;
    this.#source.removeEventListener('devicechange', this.#onChange);
  }

  async #read(): Promise<void> {
    let found: readonly Pick<MediaDeviceInfo, 'deviceId' | 'kind' | 'label'>[];
    try {
      found = await this.#source.enumerateDevices();
    } catch {
      // If the page is not allowed to list devices, the lists are empty. The page might still be able to open
      // the default device.
      found = [];
    }
    if (this.#closed) return;
    setIfChanged(this.#cameras, devicesOf(found, 'videoinput'));
    setIfChanged(this.#microphones, devicesOf(found, 'audioinput'));
  }
}

/**
 * Returns the selectable devices of one kind. Skips the placeholder without an id that browsers list before
 * permission is granted, and `default` and `communications`, which are duplicates on Windows.
 */
function devicesOf(
  found: readonly Pick<MediaDeviceInfo, 'deviceId' | 'kind' | 'label'>[],
  kind: MediaDeviceKind,
): Device[] {
  return found
    .filter((device) => device.kind === kind)
    .filter(({ deviceId }) => deviceId !== '' && deviceId !== 'default' && deviceId !== 'communications')
    .map(({ deviceId, label }) => ({ id: deviceId, label }));
}

function setIfChanged(store: Store<readonly Device[]>, devices: readonly Device[]): void {
  const before = store.get();
  const same =
    before.length === devices.length &&
    devices.every((device, i) => device.id === before[i]?.id && device.label === before[i]?.label);
  if (!same) store.set(devices);
}
