import { beforeEach, describe, expect, test } from 'vitest';
import type { MainFrame } from '../../../../common/bridge/frames.ts';
import { WindowHub } from '../../../../main/host/window-hub.ts';
import { FakeApp } from '../../../support/fake-app.ts';

const own = {
  'app.info': () => Promise.reject(new Error('not needed here')),
  'screens.list': async () => [],
  'screens.choose': async () => null,
};

let app: FakeApp;
let hub: WindowHub;
beforeEach(() => {
  app = new FakeApp();
  hub = new WindowHub(app, own);
});

/** Opens a window that does not subscribe to anything yet. */
function openWindow() {
  const frames: MainFrame[] = [];
  const { bridge, detach } = hub.attach({
    send: (frame) => frames.push(frame),
    onViolation: () => undefined,
  });
  return {
    detach,
    subscribe: () => bridge.receive({ subscribe: 'ticket.open' }),
    unsubscribe: () => bridge.receive({ unsubscribe: 'ticket.open' }),
    tickets: () =>
      frames.flatMap((frame) => ('event' in frame ? [(frame.payload as { ticket: string }).ticket] : [])),
  };
}

describe('a ticket to open', () => {
  test('waits for the first window', () => {
    app.openTicket('one');
    const window = openWindow();
    window.subscribe();
    expect(window.tickets()).toEqual(['one']);
  });

  test('waits until the page of an open window subscribes', () => {
    const window = openWindow();
    app.openTicket('one');
    app.openTicket('two');
    expect(window.tickets()).toEqual([]);
    window.subscribe();
    app.openTicket('three');
    expect(window.tickets()).toEqual(['one', 'two', 'three']);
  });

  test('waits while the window reloads', () => {
    const before = openWindow();
    before.subscribe();
    before.detach();
    app.openTicket('one');
    const after = openWindow();
    after.subscribe();
    expect(before.tickets()).toEqual([]);
    expect(after.tickets()).toEqual(['one']);
  });

  test('waits after the page has unsubscribed', () => {
    const window = openWindow();
    window.subscribe();
    window.unsubscribe();
    app.openTicket('one');
    expect(window.tickets()).toEqual([]);
    window.subscribe();
    expect(window.tickets()).toEqual(['one']);
  });

  test('opens in every window that has subscribed, and is not kept for later windows', () => {
    const [first, second] = [openWindow(), openWindow()];
    first.subscribe();
    second.subscribe();
    app.openTicket('one');
    const third = openWindow();
    third.subscribe();
    expect([first, second, third].map((window) => window.tickets())).toEqual([['one'], ['one'], []]);
  });

  test('is dropped if too many newer tickets are waiting', () => {
    for (let i = 0; i < 20; i++) app.openTicket(String(i));
    const window = openWindow();
    window.subscribe();
    expect(window.tickets()).toEqual(['12', '13', '14', '15', '16', '17', '18', '19']);
  });
});
