import { expect, test } from 'vitest';
import type { MainFrame } from '../../../../common/bridge/frames.ts';
import { WindowHub } from '../../../../main/host/window-hub.ts';
import { FakeApp } from '../../../support/fake-app.ts';

const own = {
  'app.info': () => Promise.reject(new Error('not needed here')),
  'screens.list': async () => [],
  'screens.choose': async () => null,
};

test('an event reaches every window that has subscribed to it and is still open', () => {
  const app = new FakeApp();
  const hub = new WindowHub(app, own);
  const openWindow = () => {
    const frames: MainFrame[] = [];
    const attached = hub.attach({ send: (frame) => frames.push(frame), onViolation: () => undefined });
    return { ...attached, frames };
  };
  const [first, second, third] = [openWindow(), openWindow(), openWindow()];
  for (const { bridge } of [first, second]) bridge.receive({ subscribe: 'connections.sample' });
  app.emit({ event: 'connections.sample', payload: [] });
  const frame = { event: 'connections.sample', payload: [] };
  expect([first, second, third].map(({ frames }) => frames)).toEqual([[frame], [frame], []]);
  expect(hub.windows).toBe(3);
  second.detach();
  app.emit({ event: 'connections.sample', payload: [] });
  expect([first, second].map(({ frames }) => frames.length)).toEqual([2, 1]);
  expect(hub.windows).toBe(2);
  hub.close();
  app.emit({ event: 'connections.sample', payload: [] });
  expect(first.frames).toHaveLength(2);
});
