import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { AppState, CallState, ConnectionState, PullState } from '../../../../common/bridge/bridge.ts';
import { AppStateView } from '../../../../main/live/app-state-publisher.ts';
import { FakeApp } from '../../../support/fake-app.ts';

const LINK: ConnectionState = {
  peer: 'b'.repeat(64),
  use: 'pull',
  subject: 'the ticket',
  paths: [{ kind: 'direct', address: '127.0.0.1:1', rttMs: 2, selected: true }],
  signals: { rttMs: 2, lossRate: 0, availableBps: 8_000_000, congestionEvents: 0 },
  stats: null,
  downlink: { atMs: 1_000, connection: 1, senderEstimateBps: 4_000_000, goodputBps: 0 },
};

const pull = (state: PullState['state']): PullState => ({
  ticket: 'the ticket',
  state,
  failure: null,
  retryAtMs: null,
  downloadBps: 0,
});

const call = (hasMedia: boolean): CallState => ({
  id: 'the call',
  direction: 'in',
  state: 'active',
  peer: LINK.peer,
  contactName: null,
  remote: null,
  hasMedia,
  startedAtMs: 0,
  activeAtMs: 0,
  reason: null,
  error: null,
  message: null,
});

describe('the state of the window', () => {
  const views: AppStateView[] = [];
  let now: AppState;
  let sent: AppState[];

  beforeEach(() => {
    vi.useFakeTimers();
    now = { ...new FakeApp().state(), connections: [LINK], pulls: [pull('waiting')] };
    sent = [];
  });
  afterEach(() => {
    for (const view of views.splice(0)) view.close();
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
  });

  function open(): AppStateView {
    const view = new AppStateView(() => now);
    views.push(view);
    view.state.subscribe((state) => sent.push(state));
    return view;
  }

  /** One more look at the link, as there are five a second. An idle one brings signs of life now and then. */
  function look(view: AppStateView, change: Partial<AppState> = {}): void {
    now = {
      ...now,
      connections: now.connections.map((link) => ({
        ...link,
        downlink: link.downlink && {
          ...link.downlink,
          atMs: link.downlink.atMs + 200,
          goodputBps: link.downlink.goodputBps === 0 ? 3_500 : 0,
        },
      })),
      ...change,
    };
    view.touch();
    vi.advanceTimersByTime(200);
  }

  test('is not sent while links that bring nothing are looked at', () => {
    const view = open();
    for (let i = 0; i < 50; i++) look(view);
    expect(sent).toEqual([]);
    expect(view.fresh().connections[0]?.downlink?.atMs).toBe(11_000);
    look(view, { notices: ['something is wrong'] });
    look(view);
    look(view, { connections: now.connections.map((link) => ({ ...link, signals: null })) });
    expect(sent.map(({ connections: links }) => links[0]?.downlink?.atMs)).toEqual([11_200, 11_400]);
  });

  test('is sent with each look while the broadcast is there, for the choice of renditions', () => {
    const view = open();
    look(view);
    look(view, { pulls: [pull('live')] });
    look(view);
    look(view);
    expect(sent.map(({ connections: links }) => links[0]?.downlink?.atMs)).toEqual([1_400, 1_600, 1_800]);
    look(view, { pulls: [pull('ended')] });
    look(view);
    expect(sent).toHaveLength(4);
  });

  test('the same in a call, while the other side’s broadcast is there', () => {
    now = { ...now, pulls: [], calls: [call(false)], connections: [{ ...LINK, use: 'call', subject: 'the call' }] };
    const view = open();
    look(view);
    look(view);
    expect(sent).toHaveLength(0);
    look(view, { calls: [call(true)] });
    look(view);
    expect(sent.map(({ connections: links }) => links[0]?.downlink?.atMs)).toEqual([1_600, 1_800]);
  });

  test('is sent ten times a second at most, the last one not late', () => {
    const view = open();
    for (let i = 1; i <= 100; i++) {
      now = { ...now, notices: [String(i)] };
      view.touch();
      vi.advanceTimersByTime(10);
    }
    vi.advanceTimersByTime(100);
    expect(sent.length).toBeLessThanOrEqual(11);
    expect(sent.at(-1)?.notices).toEqual(['100']);
  });
});
