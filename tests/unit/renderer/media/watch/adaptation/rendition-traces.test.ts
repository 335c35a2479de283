import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { decodeTrace } from '../../../../../../bench/renditions/trace.ts';
import { type ReplayedLook, replay } from '../../../../../support/link-sim/replay.ts';

/**
 * What real viewers were told between two applications in network namespaces, recorded with
 * `node bench/renditions/run.ts --only app --traces DIR` on two busy processors. What follows a decision that was not
 * taken then is another story: record anew after a change of the policy that these do not show.
 */
function looksOf(name: string): ReplayedLook[] {
  const path = new URL(`../../../../../fixtures/renditions/${name}.trace`, import.meta.url);
  return replay(decodeTrace(readFileSync(path, 'utf8')));
}

function stepsOf(name: string): number[] {
  const path = new URL(`../../../../../fixtures/renditions/${name}.trace`, import.meta.url);
  return decodeTrace(readFileSync(path, 'utf8')).signals.flatMap((signal) =>
    signal.kind === 'step' ? [signal.atMs] : [],
  );
}

/** `10966 ms: 720p → 360p (link 0.9 Mbit/s, needs 2.5)`. */
function decisions(looks: readonly ReplayedLook[]): string[] {
  const lines = (track: string | null) => track?.split('-').at(-1) ?? 'none';
  return looks.flatMap(({ atMs, choice: { decision } }) =>
    decision
      ? [`${Math.round(atMs)} ms: ${lines(decision.from)} → ${lines(decision.to)} (${decision.reason})`]
      : [],
  );
}

test('a wide link: from the first picture to the best one in two seconds', () => {
  expect(decisions(looksOf('unlimited'))).toMatchInlineSnapshot(`
    [
      "210 ms: none → 180p (start: link 0.04 Mbit/s, needs 0.24)",
      "2397 ms: 180p → 720p (link 195 Mbit/s, needs 2.6)",
    ]
  `);
});

test('8 → 1 → 8 Mbit/s: one step down to what fits, and back when the link is', () => {
  const looks = looksOf('step');
  expect(decisions(looks)).toMatchInlineSnapshot(`
    [
      "145 ms: none → 180p (start: link 0.13 Mbit/s, needs 0.24)",
      "2366 ms: 180p → 720p (link 15 Mbit/s, needs 2.6)",
      "10966 ms: 720p → 360p (link 0.9 Mbit/s, needs 2.5)",
      "22168 ms: 360p → 720p (link 18 Mbit/s, needs 2.6)",
    ]
  `);
  const [, narrowMs = 0, wideMs = 0] = stepsOf('step');
  const narrow = looks.filter(({ atMs }) => atMs > narrowMs + 4_000 && atMs < wideMs);
  // While 360p plays, which nearly fills it, the link is taken for what it is.
  for (const { estimate } of narrow.filter(({ estimate }) => estimate.why === 'busy')) {
    expect(estimate.bps).toBeGreaterThan(900_000);
    expect(estimate.bps).toBeLessThan(1_050_000);
  }
});

test('2 % loss: a small window for a moment is no reason to go down', () => {
  expect(decisions(looksOf('loss2'))).toMatchInlineSnapshot(`
    [
      "292 ms: none → 180p (start: link 0.22 Mbit/s, needs 0.24)",
      "5206 ms: 180p → 360p (link 12 Mbit/s, needs 0.8)",
    ]
  `);
});

test('a buffer of 300 ms before 2 Mbit/s: 360p, once the try of 720p is over', () => {
  const looks = looksOf('bufferbloat');
  expect(decisions(looks)).toMatchInlineSnapshot(`
    [
      "168 ms: none → 180p (start: link 0.6 Mbit/s, needs 0.24)",
      "7196 ms: 180p → 360p (link 29 Mbit/s, needs 0.8)",
    ]
  `);
  expect(Math.max(...looks.map(({ estimate }) => estimate.queueMs))).toBeLessThan(600);
});

test('through an iroh relay: the best one, though a busy machine ends the first try of it', () => {
  expect(decisions(looksOf('relayed'))).toMatchInlineSnapshot(`
    [
      "87 ms: none → 180p (start: link 0.00 Mbit/s, needs 0.24)",
      "3802 ms: 180p → 360p (link 53 Mbit/s, needs 0.8)",
      "11200 ms: 360p → 720p (link 125 Mbit/s, needs 2.6)",
    ]
  `);
});
