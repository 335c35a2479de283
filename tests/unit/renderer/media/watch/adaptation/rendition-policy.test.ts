import { describe, expect, test } from 'vitest';
import type { DownlinkEstimate } from '../../../../../../renderer/media/watch/adaptation/downlink-estimate.ts';
import type {
  PolicyChoice,
  PolicyInput,
} from '../../../../../../renderer/media/watch/adaptation/policy-types.ts';
import { RENDITION_CONFIG as CONFIG } from '../../../../../../renderer/media/watch/adaptation/rendition-config.ts';
import { RenditionPolicy } from '../../../../../../renderer/media/watch/adaptation/rendition-policy.ts';
import { LADDER, P180, P360, P720, P1080 } from '../../../../../support/network-sim/simulation.ts';

// Tests the policy alone, with made-up estimates. The replay tests cover the estimator and the policy
// together.

const GOOD: DownlinkEstimate = {
  bps: 20_000_000,
  source: 'sender',
  burstBps: null,
  queueMs: 0,
  overdueMs: 0,
  growing: false,
  uncongested: false,
  rttMs: null,
  deliveredBps: null,
  bottleneck: null,
  generation: 0,
};
const VIEW = { widthPx: 1920, heightPx: 1080, visible: true };
/** The estimate while a queue grows on a 1 Mbit/s connection. */
const CONGESTED = { ...GOOD, bps: 1_000_000, source: 'congestion', queueMs: 200, growing: true } as const;

type Patch = Omit<Partial<PolicyInput>, 'player'> & { player?: Partial<PolicyInput['player']> };

/** Runs the policy every 200 ms. By default, the target is shown immediately and probes arrive on time. */
function setUp() {
  const policy = new RenditionPolicy();
  let nowMs = 0;
  let last: PolicyChoice | undefined;
  const first = step();
  function input({ player, ...patch }: Patch): PolicyInput {
    return {
      nowMs,
      offers: LADDER,
      preferredRendition: 'auto',
      view: VIEW,
      maxLines: null,
      audioBps: 0,
      estimate: GOOD,
      ...patch,
      player: { shown: last?.target ?? null, late: false, overloaded: false, probeInTime: true, ...player },
    };
  }
  function step(patch: Patch = {}) {
    nowMs += CONFIG.checkEveryMs;
    const choice = policy.step(input(patch));
    last = choice;
    return choice;
  }
  function run(forMs: number, patch: Patch = {}) {
    const decisions = [];
    for (let ms = 0; ms < forMs; ms += CONFIG.checkEveryMs) {
      const { decision } = step(patch);
      if (decision) decisions.push(decision);
    }
    return { target: last?.target ?? null, probing: last?.probing ?? null, decisions };
  }
  return { step, run, first, now: () => nowMs };
}

describe('the rendition policy', () => {
  test('starts with a large rendition only if the estimate leaves ample headroom', () => {
    expect(setUp().first.target).toBe(P1080);
    const policy = new RenditionPolicy();
    const { step } = setUp();
    const at = { ...GOOD, bps: 4_000_000 };
    expect(step({ estimate: at }).target).toBe(P1080);
    const facts = { shown: null, late: false, overloaded: false, probeInTime: null };
    const base = {
      nowMs: 0,
      offers: LADDER,
      preferredRendition: 'auto',
      view: null,
      maxLines: null,
      audioBps: 0,
      player: facts,
    };
    expect(policy.step({ ...base, estimate: at }).target).toBe(P360);
    const unknown = { ...GOOD, bps: null, source: 'unknown' } as const;
    expect(new RenditionPolicy().step({ ...base, estimate: unknown })).toMatchObject({
      target: P180,
      decision: { from: null, to: P180, reason: 'start: 0.20 Mbit/s needed' },
    });
  });

  test('uses the user’s choice, and chooses automatically while that rendition is unavailable', () => {
    const { step } = setUp();
    expect(step({ preferredRendition: P360 })).toMatchObject({ target: P360, note: null });
    const small = { widthPx: 160, heightPx: 90, visible: true };
    expect(step({ preferredRendition: P1080, view: small }).target).toBe(P1080);
    const unavailable = step({ preferredRendition: 'video/av1-720p', view: VIEW });
    expect(unavailable.target).toBe(P1080);
    expect(unavailable.note).toMatch(/video\/av1-720p is not available/);
    expect(step({ preferredRendition: P1080, maxLines: 720 })).toMatchObject({
      target: P720,
      note: expect.stringMatching(/1080p is too large for your size limit/),
    });
    expect(step({ preferredRendition: P1080, view: { ...VIEW, visible: false } }).target).toBeNull();
  });

  test('steps down immediately if the view shrinks, and up only after a probe', () => {
    const { step, run } = setUp();
    const small = { widthPx: 320, heightPx: 180, visible: true };
    expect(step({ view: small })).toMatchObject({ target: P180, decision: { reason: 'shown at 320×180' } });
    expect(step({ view: VIEW }).target).toBe(P180);
    expect(run(2_000).target).toBe(P1080);
    expect(step({ view: { widthPx: 700, heightPx: 394, visible: true } }).target).toBe(P360);
    const tall = { widthPx: 300, heightPx: 2_000, visible: true };
    expect(step({ view: tall }).target).toBe(P180);
  });

  test('steps down immediately in an emergency, and after half a second on a bad connection', () => {
    const congested = setUp();
    expect(congested.step({ estimate: CONGESTED })).toMatchObject({
      target: P360,
      decision: { reason: '1.0 Mbit/s available, 4.5 needed' },
    });
    const slow = setUp();
    const queued = { ...GOOD, queueMs: 150 };
    slow.run(CONFIG.settleMs);
    expect(slow.run(CONFIG.badMs, { estimate: queued }).target).toBe(P1080);
    const { target, decisions } = slow.run(200, { estimate: queued });
    expect(target).toBe(P720);
    expect(decisions[0]?.reason).toBe('video arrives 150 ms late, 4.5 Mbit/s needed');
    // No second step follows within the cool-down, unless the video is visibly late.
    expect(slow.run(CONFIG.afterDownMs - 200, { estimate: queued }).decisions).toHaveLength(0);
    expect(slow.run(1_000, { estimate: queued }).target).toBe(P360);
    const stuck = setUp();
    stuck.run(2_000, { estimate: queued });
    const severe = { ...GOOD, queueMs: CONFIG.emergencyQueueMs };
    expect(stuck.step({ estimate: severe })).toMatchObject({ target: P180, emergency: true });
    const late = setUp();
    expect(late.run(CONFIG.lateMs, { player: { late: true } }).target).toBe(P1080);
    expect(late.run(1_000, { player: { late: true } }).target).toBe(P720);
  });

  test('does not step down while the queue is shrinking', () => {
    const { step } = setUp();
    for (let queueMs = 900; queueMs > 100; queueMs -= 40) {
      expect(step({ estimate: { ...GOOD, queueMs } }).target).toBe(P1080);
    }
  });

  test('waits longer after each failed probe of the same rendition', () => {
    const { step, run, now } = setUp();
    step({ estimate: CONGESTED });
    const probes: number[] = [];
    const calm = { ...GOOD, bps: 700_000, source: 'goodput' } as const;
    let before: string | null = null;
    for (let i = 0; i < 1_000; i += 1) {
      const { probing, target } = step({ estimate: before === null ? calm : { ...calm, queueMs: 90 } });
      expect(target).toBe(P360);
      if (probing !== null && before === null) probes.push(now());
      before = probing;
    }
    const gaps = probes.slice(1).map((atMs, i) => atMs - (probes[i] ?? 0));
    expect(gaps.length).toBeGreaterThan(2);
    for (const [i, gapMs] of gaps.entries()) {
      expect(gapMs).toBeGreaterThanOrEqual(Math.min(CONFIG.coolDownMs * 2 ** i, CONFIG.maxCoolDownMs));
    }
    // If the connection clearly improves, the pause ends early.
    run(CONFIG.afterDownMs + CONFIG.goodMs, { estimate: { ...calm, burstBps: 600_000 } });
    const better = run(CONFIG.probeMs + 1_000, {
      estimate: { ...GOOD, burstBps: 9_000_000, source: 'burst' },
    });
    expect(better.target).toBe(P1080);
  });

  test('ends a probe whose frames do not arrive on time, and accepts one that proves the capacity', () => {
    const down = { widthPx: 640, heightPx: 360, visible: true };
    const never = setUp();
    never.step({ view: down });
    const waited = never.run(2 * CONFIG.probeLimitMs + 3_000, { player: { probeInTime: false } });
    expect(waited).toMatchObject({ target: P360, probing: null });
    const full = setUp();
    full.step({ view: down });
    full.run(1_000, { player: { probeInTime: false } });
    const both = { ...GOOD, bps: 5_400_000, source: 'congestion', queueMs: 100 } as const;
    expect(full.step({ estimate: both }).target).toBe(P1080);
  });

  test('steps down when the decoder is too slow, and does not retry that size for some time', () => {
    const { run } = setUp();
    const { decisions } = run(1_000, { player: { overloaded: true } });
    expect(decisions).toHaveLength(1);
    expect(decisions[0]).toMatchObject({ to: P720, reason: 'this computer cannot decode 1080p fast enough' });
    expect(run(CONFIG.overloadMs - 2_000).target).toBe(P720);
    expect(run(6_000).target).toBe(P1080);
  });

  test('handles changing and empty lists of renditions', () => {
    const { step, run } = setUp();
    expect(step({ offers: LADDER.slice(0, 2) })).toMatchObject({ target: P360 });
    expect(step({ offers: [] })).toMatchObject({
      target: null,
      decision: { reason: 'no video available' },
    });
    expect(run(1_000, { offers: [] }).decisions).toEqual([]);
    expect(step().target).toBe(P1080);
    const zero = [{ name: 'x', width: 0, height: 0, framesPerSecond: 0, bitrateBps: 0 }];
    expect(step({ offers: zero }).target).toBe('x');
  });

  test('forgets failures after a network path change', () => {
    const { step, run } = setUp();
    step({ estimate: CONGESTED });
    expect(run(1_000).target).toBe(P360);
    expect(run(2_500, { estimate: { ...GOOD, generation: 1 } }).target).toBe(P1080);
  });
});
