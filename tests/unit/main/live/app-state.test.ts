import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { AppState, LinkState } from '../../../../common/bridge.ts';
import { AppStateView } from '../../../../main/live/app-state.ts';
import { FakeApp } from '../../../support/fake-app.ts';

const LINK: LinkState = {
  peer: 'b'.repeat(64),
  use: 'pull',
  subject: 'the ticket',
  paths: [{ kind: 'direct', address: '127.0.0.1:1', rttMs: 2, selected: true }],
  signals: { rttMs: 2, lossRate: 0, availableBps: 8_000_000, congestionEvents: 0 },
  stats: null,
  downlink: { atMs: 1_000, senderEstimateBps: 4_000_000, goodputBps: 0 },
};

describe('the state of the window', () => {
  const views: AppStateView[] = [];
  let now: AppState;
  let sent: AppState[];

  beforeEach(() => {
    vi.useFakeTimers();
    now = { ...new FakeApp().state(), links: [LINK] };
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

  /** One more look at the link, as there are five a second. */
  function look(view: AppStateView, change: Partial<NonNullable<LinkState['downlink']>> = {}): void {
    now = {
      ...now,
      links: now.links.map((link) => ({
        ...link,
        downlink: link.downlink && { ...link.downlink, atMs: link.downlink.atMs + 200, ...change },
      })),
    };
    view.touch();
    vi.advanceTimersByTime(200);
  }

  test('is not sent while links are looked at and nothing changes', () => {
    const view = open();
    for (let i = 0; i < 50; i++) look(view);
    expect(sent).toEqual([]);
    expect(view.fresh().links[0]?.downlink?.atMs).toBe(11_000);
  });

  test('is sent, as of the newest look, when anything of a link or beside it does', () => {
    const view = open();
    look(view);
    look(view, { goodputBps: 1_000_000 });
    expect(sent.map(({ links }) => links[0]?.downlink)).toEqual([
      { atMs: 1_400, senderEstimateBps: 4_000_000, goodputBps: 1_000_000 },
    ]);
    look(view, { senderEstimateBps: null });
    expect(sent).toHaveLength(2);
    now = { ...now, links: [{ ...LINK, downlink: null }] };
    look(view);
    expect(sent).toHaveLength(3);
    now = { ...now, notices: ['something is wrong'] };
    look(view);
    expect(sent).toHaveLength(4);
    look(view);
    expect(sent).toHaveLength(4);
    now = { ...now, links: [{ ...LINK, signals: null }] };
    look(view);
    expect(sent).toHaveLength(5);
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
