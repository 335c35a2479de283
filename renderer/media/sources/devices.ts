import { type Readable, Store } from '../../../common/base/store.ts';
import type { Device, Devices } from '../shared/types.ts';

/** The slice of navigator.mediaDevices that the lists need. */
export interface DeviceSource {
  enumerateDevices(): Promise<readonly Pick<MediaDeviceInfo, 'deviceId' | 'kind' | 'label'>[]>;
  addEventListener(type: 'devicechange', listener: () => void): void;
  removeEventListener(type: 'devicechange', listener: () => void): void;
}

/** Cameras and microphones, followed as they are plugged in and out and as permission reveals their names. */
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

  /** Reads the lists anew: permission changes labels without an event. Never rejects. */
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
      // A page that may not list devices has none to offer; opening the default one may still work.
      found = [];
    }
    if (this.#closed) return;
    setIfChanged(this.#cameras, devicesOf(found, 'videoinput'));
    setIfChanged(this.#microphones, devicesOf(found, 'audioinput'));
  }
}

/**
 * The devices of a kind. Before permission the browser lists one without an id, which cannot be chosen; Windows lists
 * its default device a second and third time under names of its own.
 */
export function devicesOf(
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
