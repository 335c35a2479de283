import { describe, expect, it } from 'vitest';
import { DeviceLists, type DeviceSource } from '../../../../../renderer/media/sources/devices.ts';

type Found = Awaited<ReturnType<DeviceSource['enumerateDevices']>>;

class FakeDevices implements DeviceSource {
  found: Found = [];
  fail = false;
  readonly listeners = new Set<() => void>();

  async enumerateDevices(): Promise<Found> {
    if (this.fail) throw new Error('not here');
    return this.found;
  }

  addEventListener(_: string, listener: () => void): void {
    this.listeners.add(listener);
  }

  removeEventListener(_: string, listener: () => void): void {
    this.listeners.delete(listener);
  }

  plug(found: Found): void {
    this.found = found;
    for (const listener of this.listeners) listener();
  }
}

const camera = { deviceId: 'c1', kind: 'videoinput', label: 'Front' } as const;
const microphone = { deviceId: 'm1', kind: 'audioinput', label: 'Desk' } as const;
const settled = () => new Promise((resolve) => setTimeout(resolve, 0));

describe('DeviceLists', () => {
  it('updates the lists when devices are plugged in or unplugged', async () => {
    const source = new FakeDevices();
    source.found = [camera, microphone, { deviceId: 's', kind: 'audiooutput', label: 'Speaker' }];
    const lists = new DeviceLists(source);
    await settled();
    expect(lists.cameras.get()).toEqual([{ id: 'c1', label: 'Front' }]);
    expect(lists.microphones.get()).toEqual([{ id: 'm1', label: 'Desk' }]);
    source.plug([microphone]);
    await settled();
    expect(lists.cameras.get()).toEqual([]);
    source.plug([microphone, camera]);
    await settled();
    expect(lists.cameras.get()).toEqual([{ id: 'c1', label: 'Front' }]);
    lists.close();
    expect(source.listeners.size).toBe(0);
  });

  it('excludes entries that cannot be selected, and notifies only when a list changes', async () => {
    const source = new FakeDevices();
    source.found = [
      { deviceId: '', kind: 'videoinput', label: '' },
      { ...microphone, deviceId: 'default' },
      microphone,
    ];
    const lists = new DeviceLists(source);
    await settled();
    expect(lists.cameras.get()).toEqual([]);
    expect(lists.microphones.get()).toHaveLength(1);
    let changes = 0;
    lists.microphones.subscribe(() => changes++);
    source.plug([...source.found]);
    await settled();
    expect(changes).toBe(0);
  });

  it('returns empty lists if the page is not allowed to list devices', async () => {
    const source = new FakeDevices();
    source.fail = true;
    const lists = new DeviceLists(source);
    await settled();
    expect(lists.cameras.get()).toEqual([]);
  });
});
