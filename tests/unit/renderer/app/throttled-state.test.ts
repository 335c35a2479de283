import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { AppState } from '../../../../common/bridge/bridge.ts';
import { CalmState } from '../../../../renderer/app/throttled-state.ts';

/** The parts of main's state that are looked at here. */
function stateOf(rttMs: number, { name = 'hello', address = '192.0.2.1', downloadBps = 0 } = {}): AppState {
  return {
    broadcasts: [{ name, uploadBps: rttMs * 1000 }],
    pulls: [{ ticket: 'a', downloadBps }],
    links: [
      {
        peer: 'p',
        use: 'watch',
        subject: 's',
        stats: { rttMs },
        paths: [{ kind: 'direct', address, selected: true, rttMs }],
      },
    ],
  } as unknown as AppState;
}

let shown: AppState[];
let calm: CalmState;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  calm = new CalmState(stateOf(1));
  shown = [];
  calm.shown.subscribe((state) => shown.push(state));
});
afterEach(() => {
  calm.close();
  vi.useRealTimers();
});

const rtts = () => shown.map(({ connections: links }) => links[0]?.stats?.rttMs);

describe('the state that views see', () => {
  it('shows figures once a second, the newest each time', () => {
    for (let i = 0; i < 20; i += 1) {
      vi.advanceTimersByTime(200);
      calm.take(stateOf(10 + i, { downloadBps: i }));
    }
    // Five times a second they came.
    expect(rtts()).toEqual([13, 18, 23, 28]);
  });

  it('shows what is no figure at once, with the newest figures', () => {
    calm.take(stateOf(5));
    expect(shown).toEqual([]);
    calm.take(stateOf(6, { name: 'other' }));
    expect(rtts()).toEqual([6]);
    calm.take(stateOf(7, { name: 'other', address: '192.0.2.2' }));
    expect(rtts()).toEqual([6, 7]);
    // What waited was shown with it.
    vi.advanceTimersByTime(5_000);
    expect(rtts()).toEqual([6, 7]);
  });

  it('shows the last figures although no others follow', () => {
    calm.take(stateOf(8));
    vi.advanceTimersByTime(1_000);
    expect(rtts()).toEqual([8]);
  });

  it('shows nothing any more once it is closed', () => {
    calm.take(stateOf(9));
    calm.close();
    vi.advanceTimersByTime(5_000);
    expect(shown).toEqual([]);
  });
});
