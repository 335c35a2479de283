import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { decodeTrace } from '../../../../../../bench/renditions/trace.ts';
import { type ReplayedSample, replay } from '../../../../../support/network-sim/replay.ts';

/**
 * Replays the inputs of a real viewer, recorded on two busy processors with `node bench/renditions/run.ts
 * --only app --traces DIR`. Record new traces after a policy change that leads to different decisions,
 * because everything in a trace after the first different decision is then meaningless.
 */
function samplesOf(name: string): ReplayedSample[] {
  const path = new URL(`../../../../../fixtures/renditions/${name}.trace`, import.meta.url);
  return replay(decodeTrace(readFileSync(path, 'utf8')));
}

function stepsOf(name: string): number[] {
  const path = new URL(`../../../../../fixtures/renditions/${name}.trace`, import.meta.url);
  return decodeTrace(readFileSync(path, 'utf8')).signals.flatMap((signal) =>
    signal.kind === 'step' ? [signal.atMs] : [],
  );
}

/** Formats decisions as `10966 ms: 720p → 360p (0.9 Mbit/s available, 2.5 needed)`. */
function decisions(samples: readonly ReplayedSample[]): string[] {
  const lines = (track: string | null) => track?.split('-').at(-1) ?? 'none';
  return samples.flatMap(({ atMs, choice: { decision } }) =>
    decision
      ? [`${Math.round(atMs)} ms: ${lines(decision.from)} → ${lines(decision.to)} (${decision.reason})`]
      : [],
  );
}

test('unlimited network: climbs to the largest rendition within two seconds', () => {
  expect(decisions(samplesOf('unlimited'))).toMatchInlineSnapshot(`
    [
      "210 ms: none → 180p (start: 0.04 Mbit/s available, 0.24 needed)",
      "2397 ms: 180p → 720p (195 Mbit/s available, 2.6 needed)",
    ]
  `);
});

test('8 → 1 → 8 Mbit/s: steps down once to the rendition that fits, and recovers with the network', () => {
  const samples = samplesOf('step');
  expect(decisions(samples)).toMatchInlineSnapshot(`
    [
      "145 ms: none → 180p (start: 0.13 Mbit/s available, 0.24 needed)",
      "2366 ms: 180p → 720p (15 Mbit/s available, 2.6 needed)",
      "10966 ms: 720p → 360p (0.9 Mbit/s available, 2.5 needed)",
      "22168 ms: 360p → 720p (18 Mbit/s available, 2.6 needed)",
    ]
  `);
  const [, narrowMs = 0, wideMs = 0] = stepsOf('step');
  const narrow = samples.filter(({ atMs }) => atMs > narrowMs + 4_000 && atMs < wideMs);
  // 360p nearly saturates the network while it plays, so the measured capacity must be accurate.
  for (const { estimate } of narrow.filter(({ estimate }) => estimate.source === 'congestion')) {
    expect(estimate.bps).toBeGreaterThan(900_000);
    expect(estimate.bps).toBeLessThan(1_050_000);
  }
});

test('2 % loss: does not step down when the congestion window drops briefly', () => {
  expect(decisions(samplesOf('loss2'))).toMatchInlineSnapshot(`
    [
      "292 ms: none → 180p (start: 0.22 Mbit/s available, 0.24 needed)",
      "5206 ms: 180p → 360p (12 Mbit/s available, 0.8 needed)",
    ]
  `);
});

test('2 Mbit/s with a 300 ms buffer: settles on 360p after a failed probe of 720p', () => {
  const samples = samplesOf('bufferbloat');
  expect(decisions(samples)).toMatchInlineSnapshot(`
    [
      "168 ms: none → 180p (start: 0.6 Mbit/s available, 0.24 needed)",
      "7196 ms: 180p → 360p (29 Mbit/s available, 0.8 needed)",
    ]
  `);
  expect(Math.max(...samples.map(({ estimate }) => estimate.queueMs))).toBeLessThan(600);
});

test('through an iroh relay: reaches the largest rendition, although a busy machine ends its first probe', () => {
  expect(decisions(samplesOf('relayed'))).toMatchInlineSnapshot(`
    [
      "87 ms: none → 180p (start: 0.00 Mbit/s available, 0.24 needed)",
      "3802 ms: 180p → 360p (53 Mbit/s available, 0.8 needed)",
      "11200 ms: 360p → 720p (125 Mbit/s available, 2.6 needed)",
    ]
  `);
});
