import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ranked, upToView } from '../../../../../../renderer/media/watch/adaptation/rendition-ceiling.ts';
import { RENDITION_CONFIG as CONFIG } from '../../../../../../renderer/media/watch/adaptation/rendition-config.ts';
import type { PathShape } from '../../../../../support/link-sim/network.ts';
import {
  LADDER,
  P180,
  P360,
  P720,
  P1080,
  type Scene,
  type Seen,
  watch,
} from '../../../../../support/link-sim/watch.ts';

/** The estimator and the policy on simulated links, whole: what the link does, and what is shown in the end. */

const MBIT = 1_000_000;

function on(forMs: number, ...path: [fromMs: number, shape: Partial<PathShape>][]): Scene {
  return { forMs, path: path.map(([fromMs, shape]) => ({ fromMs, shape })) };
}

/** The target at a moment. */
function at({ targets }: Seen, atMs: number): string | null {
  return targets.findLast((entry) => entry.atMs <= atMs)?.target ?? null;
}

/** The longest time between two pictures shown, within a span. */
function freezeMs({ shown }: Seen, fromMs: number, toMs: number): number {
  const times = shown.map(({ atMs }) => atMs).filter((atMs) => atMs >= fromMs && atMs <= toMs);
  return times.reduce((most, atMs, i) => Math.max(most, atMs - (times[i - 1] ?? fromMs)), 0);
}

function size(name: string | null): number {
  return LADDER.findIndex((offer) => offer.name === name);
}

describe('renditions on a link', () => {
  test('steady: begins with the smallest at once, is up within 2 s, at the top soon, and stays', () => {
    const seen = watch(on(60_000, [0, {}]));
    expect(seen.shown[0]?.atMs).toBeLessThan(100);
    expect(seen.shown[0]?.track).toBe(P180);
    expect(size(at(seen, 2_000))).toBeGreaterThanOrEqual(size(P720));
    expect(at(seen, 6_000)).toBe(P1080);
    expect(seen.switches).toHaveLength(3);
    expect(freezeMs(seen, 100, 60_000)).toBeLessThan(200);
  });

  test.each([15, 40, 75])('a delay of %d ms one way changes nothing in that', (delayMs) => {
    const seen = watch(on(30_000, [0, { delayMs }]));
    expect(size(at(seen, 2_200))).toBeGreaterThanOrEqual(size(P360));
    expect(at(seen, 8_000)).toBe(P1080);
  });

  test('a slow link gets what fits, and is not pumped', () => {
    const seen = watch(on(180_000, [0, { rateBps: MBIT }]));
    expect(at(seen, 180_000)).toBe(P360);
    expect(seen.switches.length).toBeLessThan(4);
    expect(freezeMs(seen, 1_000, 180_000)).toBeLessThan(400);
    const tries = seen.targets.filter(
      ({ probing }, i) => probing !== null && probing !== seen.targets[i - 1]?.probing,
    );
    expect(tries.length).toBeLessThan(9);
  });

  test('step down and up: settled within 2 s with under 1 s frozen, back at the top within 10 s', () => {
    const seen = watch(on(60_000, [0, {}], [15_000, { rateBps: MBIT }], [30_000, {}]));
    expect(at(seen, 14_900)).toBe(P1080);
    // One switch, at once, to what fits with a tenth of the link to spare; and it stays there.
    const down = seen.switches.filter(({ atMs }) => atMs > 15_000 && atMs <= 30_000);
    expect(down).toMatchObject([{ to: P360, emergency: true }]);
    expect(down[0]?.atMs).toBeLessThan(16_000);
    expect(down[0]?.reason).toMatch(/^link (0\.\d|1\.\d) Mbit\/s, needs 4\.5$/);
    const late = seen.shown.filter(({ atMs, delayMs }) => atMs > 17_000 && atMs < 30_000 && delayMs > 150);
    // A key frame every two seconds waits for its turn: a tenth of the pictures.
    expect(late.length).toBeLessThan(40);
    expect(freezeMs(seen, 14_900, 30_000)).toBeLessThan(1_000);
    expect(at(seen, 40_000)).toBe(P1080);
    expect(at(seen, 60_000)).toBe(P1080);
  });

  test('bufferbloat is seen as a queue, though nothing is lost', () => {
    const bloat = { bufferMs: 800 };
    const seen = watch(on(40_000, [0, bloat], [15_000, { ...bloat, rateBps: MBIT }]));
    expect(at(seen, 17_000)).toBe(P180);
    const late = (fromMs: number, toMs: number) =>
      seen.shown.filter(({ atMs, delayMs }) => atMs > fromMs && atMs < toMs && delayMs > 200);
    expect(late(19_500, 22_000)).toEqual([]);
    expect(late(22_000, 40_000).length).toBeLessThan(60);
  });

  test('sawtooth: follows down at once each time, and up when it lasts', () => {
    const path = Array.from({ length: 6 }, (_, i): [number, Partial<PathShape>] => [
      i * 20_000,
      { rateBps: (i % 2 ? 1.5 : 8) * MBIT },
    ]);
    const seen = watch(on(120_000, ...path));
    for (const i of [1, 3, 5]) expect(size(at(seen, i * 20_000 + 1_500))).toBeLessThanOrEqual(size(P360));
    for (const i of [2, 4]) expect(at(seen, i * 20_000 + 10_000)).toBe(P1080);
  });

  test('lossy Wi-Fi: single losses and jitter are no reason to go down', () => {
    const seen = watch(on(60_000, [0, { jitterMs: 30, loss: 0.005 }]));
    expect(size(at(seen, 60_000))).toBeGreaterThanOrEqual(size(P720));
    const downs = seen.switches.filter(({ from, to }) => from !== null && size(to) < size(from));
    expect(downs.length).toBeLessThanOrEqual(1);
  });

  test('direct to relayed: forgets the old path, and settles on what the relay carries', () => {
    const relayed = { kind: 'relayed', delayMs: 60, rateBps: 2 * MBIT } as const;
    const seen = watch(on(60_000, [0, {}], [15_000, relayed], [40_000, {}]));
    expect(size(at(seen, 17_000))).toBeLessThanOrEqual(size(P360));
    expect(at(seen, 39_900)).toBe(P360);
    expect(at(seen, 50_000)).toBe(P1080);
  });

  test('a longer path alone is no queue', () => {
    const relayed = { kind: 'relayed', delayMs: 120 } as const;
    const seen = watch(on(30_000, [0, {}], [15_000, relayed]));
    const after = seen.switches.filter(({ atMs }) => atMs > 15_000);
    expect(after).toEqual([]);
  });

  test('a window that is too busy for a while is not taken for a slow link', () => {
    const windowMs = [
      { fromMs: 0, each: 2 },
      { fromMs: 15_000, each: 36 },
      { fromMs: 25_000, each: 2 },
    ];
    for (const probe of [true, false]) {
      const seen = watch({ ...on(40_000, [0, {}]), windowMs, probe });
      const late = seen.shown.filter(({ atMs, delayMs }) => atMs > 20_000 && atMs < 25_000 && delayMs > 200);
      expect(late.length).toBeGreaterThan(50);
      expect(seen.switches.filter(({ atMs }) => atMs > 15_000)).toEqual([]);
    }
  });

  test('a publisher that is late over a link that is wide and has no queue is no slow link', () => {
    const publisherMs = [
      { fromMs: 0, late: 0 },
      ...Array.from({ length: 40 }, (_, i) => ({ fromMs: 15_000 + i * 200, late: i * 10 })),
      { fromMs: 23_000, late: 400 },
    ];
    const seen = watch({ ...on(40_000, [0, { rateBps: 100 * MBIT, delayMs: 2 }]), publisherMs });
    expect(seen.switches.filter(({ atMs }) => atMs > 15_000)).toEqual([]);
  });

  test('a link that becomes slow is one while the window is busy too, and where its buffer is small', () => {
    const windowMs = [{ fromMs: 0, each: 20 }];
    const busy = watch({ ...on(30_000, [0, {}], [15_000, { rateBps: MBIT }]), windowMs });
    expect(size(at(busy, 17_500))).toBeLessThanOrEqual(size(P360));
    const shallow = watch(on(30_000, [0, { bufferMs: 20 }], [15_000, { bufferMs: 20, rateBps: MBIT }]));
    expect(size(at(shallow, 17_000))).toBeLessThanOrEqual(size(P360));
  });

  test('a sender that claims too much costs some tries, and no more', () => {
    const seen = watch({ ...on(120_000, [0, { rateBps: MBIT }]), estimateFactor: 10 });
    expect(at(seen, 120_000)).toBe(P360);
    expect(at(seen, 6_000)).toBe(P360);
    expect(freezeMs(seen, 1_000, 120_000)).toBeLessThan(500);
  });

  test('a sender that claims too little, or nothing, does not keep it down', () => {
    const modest = watch({ ...on(30_000, [0, {}]), estimateFactor: 0.05 });
    const silent = watch({ ...on(30_000, [0, {}]), probe: false });
    expect(at(modest, 12_000)).toBe(P1080);
    expect(at(silent, 12_000)).toBe(P1080);
  });

  test('hidden gets no picture, and what it had when it is seen again', () => {
    const view = { widthPx: 1920, heightPx: 1080, visible: true };
    const seen = watch({
      ...on(30_000, [0, {}]),
      view: [
        { fromMs: 0, view },
        { fromMs: 10_000, view: { ...view, visible: false } },
        { fromMs: 15_000, view },
      ],
    });
    expect(at(seen, 9_900)).toBe(P1080);
    expect(at(seen, 14_900)).toBeNull();
    expect(at(seen, 15_400)).toBe(P1080);
    expect(seen.switches.map(({ reason }) => reason)).toContain('not in view');
  });
});

const pathArbitrary = fc.array(
  fc.record({
    rateBps: fc.constantFrom(0.4, 0.8, 1, 1.5, 3, 6, 8, 20).map((mbit) => mbit * MBIT),
    delayMs: fc.constantFrom(2, 15, 40, 100),
    loss: fc.constantFrom(0, 0, 0.002, 0.01),
    bufferMs: fc.constantFrom(60, 200, 800),
    kind: fc.constantFrom('direct' as const, 'relayed' as const),
  }),
  { minLength: 1, maxLength: 4 },
);
const STEP_MS = 8_000;
/** Back at the top after 5 s in the median, 10 s at most of 80 such links: twice that here. In milliseconds. */
const GOOD_MS = 20_000;
const viewArbitrary = fc.array(
  fc.record({
    widthPx: fc.constantFrom(160, 320, 640, 1280, 1920, 3840),
    heightPx: fc.constantFrom(90, 180, 360, 720, 1080, 2160),
    visible: fc.boolean(),
  }),
  { minLength: 1, maxLength: 4 },
);

describe('on any link', () => {
  test('never above the ceiling of the view, nothing while hidden, and nothing tried above it', () => {
    fc.assert(
      fc.property(pathArbitrary, viewArbitrary, fc.nat(1_000), (shapes, views, seed) => {
        const view = views.map((entry, i) => ({ fromMs: i * 5_000, view: entry }));
        const path = shapes.map((shape, i) => ({ fromMs: i * STEP_MS, shape }));
        const seen = watch({ forMs: 25_000, path, view, seed });
        for (const { atMs, target, probing } of seen.targets) {
          const now = view.findLast(({ fromMs }) => fromMs <= atMs)?.view ?? null;
          const may = upToView(ranked(LADDER), now, CONFIG.enlarge).map(({ name }) => name);
          expect(target === null).toBe(now?.visible === false);
          if (target !== null) expect(may).toContain(target);
          if (probing !== null) expect(may).toContain(probing);
        }
      }),
      { numRuns: 10 },
    );
  }, 60_000);

  test('never two switches within a cool-down but in an emergency, and back at the top some time after the link is', () => {
    fc.assert(
      fc.property(pathArbitrary, fc.nat(1_000), (shapes, seed) => {
        const bad = shapes.length * STEP_MS;
        const path: { fromMs: number; shape: Partial<PathShape> }[] = [
          ...shapes.map((shape, i) => ({ fromMs: i * STEP_MS, shape })),
          { fromMs: bad, shape: {} },
        ];
        const seen = watch({ forMs: bad + GOOD_MS, path, seed });
        const kinds = path.filter(
          (entry, i) => (path[i - 1]?.shape.kind ?? 'direct') !== (entry.shape.kind ?? 'direct'),
        );
        for (const [i, { atMs, to, emergency, estimate }] of seen.switches.entries()) {
          const before = seen.switches[i - 1];
          if (!before || before.from === null || size(before.to) > size(before.from)) continue;
          // Of another path nothing is known, and what was learnt on the one before does not count.
          if (kinds.some(({ fromMs }) => fromMs >= before.atMs && fromMs <= atMs)) continue;
          if (atMs - before.atMs >= CONFIG.afterDownMs) continue;
          expect(emergency).toBe(true);
          expect(size(to)).toBeLessThan(size(before.to));
          expect(estimate.growing || estimate.queueMs >= CONFIG.emergencyQueueMs).toBe(true);
        }
        expect(at(seen, bad + GOOD_MS)).toBe(P1080);
      }),
      { numRuns: 10 },
    );
  }, 60_000);
});
