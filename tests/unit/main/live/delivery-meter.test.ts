import { beforeEach, describe, expect, it } from 'vitest';
import { DeliveryMeter } from '../../../../main/live/delivery-meter.ts';
import { Session } from '../../../../main/origin/session.ts';

const WINDOW_MS = 6_000;

let nowMs: number;
let meter: DeliveryMeter;

beforeEach(() => {
  nowMs = 0;
  meter = new DeliveryMeter(WINDOW_MS, () => nowMs);
});

/** A session whose counters the test sets. Real counters are tested in `hostile-viewers.test.ts`. */
function fakeSession() {
  const groupBytes = { sent: 0, received: 0 };
  const session = Object.defineProperty(Object.create(Session.prototype) as Session, 'groupBytes', {
    value: groupBytes,
  });
  return { session, groupBytes };
}

/**
 * Lets the viewer and the publisher transfer data at constant rates, in bytes per second. Returns whether the viewer
 * receives enough at the end.
 */
function run(seconds: number, viewerRate: number, publisherRate: number): boolean {
  for (let i = 0; i < seconds; i += 1) {
    nowMs += 1_000;
    viewer.groupBytes.sent += viewerRate;
    publisher.groupBytes.received += publisherRate;
    meter.receivesEnough(viewer.session, [publisher.session]);
  }
  return meter.receivesEnough(viewer.session, [publisher.session]);
}

let viewer: ReturnType<typeof fakeSession>;
let publisher: ReturnType<typeof fakeSession>;
beforeEach(() => {
  viewer = fakeSession();
  publisher = fakeSession();
});

describe('the delivery meter', () => {
  it.each([
    { viewerRate: 500, publisherRate: 100_000, enough: true },
    { viewerRate: 499, publisherRate: 100_000, enough: false },
    { viewerRate: 0, publisherRate: 100_000, enough: false },
    { viewerRate: 0, publisherRate: 0, enough: true },
    { viewerRate: 20, publisherRate: 40, enough: true },
    { viewerRate: 0, publisherRate: 40, enough: false },
  ])('compares $viewerRate B/s with $publisherRate B/s', ({ viewerRate, publisherRate, enough }) => {
    expect(run(20, viewerRate, publisherRate)).toBe(enough);
  });

  it('gives a new viewer one window of time', () => {
    expect(run(6, 0, 100_000)).toBe(true);
    expect(run(1, 0, 100_000)).toBe(false);
  });

  it('considers only the last window', () => {
    expect(run(60, 100_000, 100_000)).toBe(true);
    expect(run(7, 0, 100_000)).toBe(false);
    expect(run(1, 4_000, 100_000)).toBe(true);
  });

  it('accepts bursts as long as the average is high enough', () => {
    for (let i = 0; i < 10; i += 1) {
      expect(run(1, 3_100, 100_000)).toBe(true);
      expect(run(5, 0, 100_000)).toBe(true);
    }
  });
});
