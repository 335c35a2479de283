import { AUTO, type RenditionOffer } from '../../../../common/bridge/renditions.ts';
import { ConnectionJudge, type Verdict } from './connection-judge.ts';
import { DecodeLimit } from './decode-limit.ts';
import { Following } from './following.ts';
import { needBpsOf, type PolicyChoice, type PolicyInput } from './policy-types.ts';
import { ProbeMemory } from './probe-memory.ts';
import { pixelCount, sortedBySize, upToLines, upToView } from './rendition-ceiling.ts';
import { RENDITION_CONFIG, type RenditionConfig } from './rendition-config.ts';
import {
  capacityReason,
  ceilingReason,
  probeSuccessReason,
  selectionNote,
  stepDownReason,
} from './rendition-words.ts';

interface Probe {
  readonly offer: RenditionOffer;
  /** Whether the probed rendition is the next one above the current one. */
  readonly next: boolean;
  readonly sinceMs: number;
  /** How long the probe must run to succeed, in milliseconds. */
  readonly proofMs: number;
  /** The current rendition's queue in milliseconds, and the burst rate, when the probe started. */
  readonly queueMs: number;
  readonly evidenceBps: number | null;
}

const NEVER = Number.NEGATIVE_INFINITY;

/**
 * Chooses the rendition from the user's preferences (rendition, view) and the states of the connection and
 * the player. `step` runs every `checkEveryMs` and whenever a preference changes. The result depends only on
 * the inputs, so recorded signals can be replayed. The policy steps down after the connection has been bad
 * for some time, or immediately if a queue grows fast. It steps up only after a probe in which the larger
 * rendition arrived on time in addition to the current one.
 */
export class RenditionPolicy {
  readonly #config: RenditionConfig;
  readonly #judge: ConnectionJudge;
  readonly #memory: ProbeMemory;
  readonly #decodeLimit: DecodeLimit;
  readonly #following: Following;
  #target: string | null = null;
  #probe: Probe | undefined;
  /**
   * Whether the policy climbs fast. It does so from the start and after each successful probe, until a probe
   * fails or the policy steps down.
   */
  #climbing = true;
  /**
   * Whether the policy has had no failed probe and no step down on this network path yet. If so, the sender's
   * estimate justifies skipping renditions.
   */
  #trusting = true;
  #switchedAtMs = NEVER;
  #steppedDownAtMs = NEVER;
  #probeEndedAtMs = NEVER;
  #lastStepUp: { name: string; atMs: number } | undefined;
  /** The last target before the video was hidden. */
  #beforeHidden: { name: string; atMs: number } | undefined;
  #ceiling = 0;
  /** Whether the current step is a step down that ignores the cool-down. */
  #emergency = false;
  #generation: number | undefined;

  constructor(config: RenditionConfig = RENDITION_CONFIG) {
    this.#config = config;
    this.#judge = new ConnectionJudge(config);
    this.#memory = new ProbeMemory(config);
    this.#decodeLimit = new DecodeLimit(config);
    this.#following = new Following(config);
  }

  /** Evaluates one sample. `nowMs` must not decrease between calls. */
  step(input: PolicyInput): PolicyChoice {
    const { estimate, preferredRendition } = input;
    if (this.#generation !== estimate.generation) {
      if (this.#generation !== undefined) this.#reset();
      this.#generation = estimate.generation;
    }
    const from = this.#target;
    this.#emergency = false;
    const ladder = sortedBySize(input.offers);
    const reason = this.#choose(input, ladder);
    const to = this.#target;
    if (from !== to) {
      this.#judge.restart();
      this.#following.restart();
    }
    return {
      target: to,
      probing: this.#probe?.offer.name ?? null,
      emergency: from !== to && this.#emergency,
      decision: from === to ? null : { from, to, reason: reason ?? '' },
      note:
        to !== null && preferredRendition !== AUTO && preferredRendition !== to
          ? selectionNote(preferredRendition, ladder)
          : null,
    };
  }

  /** Updates the target. Returns the reason for the change; null if the target did not change. */
  #choose(input: PolicyInput, ladder: readonly RenditionOffer[]): string | null {
    const { nowMs, preferredRendition, view, maxLines } = input;
    if (ladder.length === 0) return this.#stop('no video available');
    if (view && !view.visible) {
      if (this.#target !== null) this.#beforeHidden = { name: this.#target, atMs: nowMs };
      return this.#stop('not in view');
    }
    const permitted = upToLines(ladder, maxLines);
    const fixed = permitted.find(({ name }) => name === preferredRendition);
    if (fixed) {
      this.#probe = undefined;
      return this.#switchTo(fixed, nowMs, 'chosen by hand');
    }
    const useful = upToView(permitted, view, this.#config.enlarge);
    const current = ladder.find(({ name }) => name === this.#target);
    if (current && this.#decodeLimit.update(input, current)) this.#failProbe(nowMs);
    const allowed = this.#decodeLimit.allowed(useful, nowMs);
    // A larger view justifies a fast climb to the renditions that it can now use.
    const ceiling = pixelCount(allowed.at(-1) ?? { width: 0, height: 0 });
    if (ceiling > this.#ceiling) this.#climbing = true;
    this.#ceiling = ceiling;
    if (this.#probe && !allowed.some(({ name }) => name === this.#probe?.offer.name)) this.#probe = undefined;
    if (!current) return this.#start(input, allowed);
    if (!allowed.some(({ name }) => name === current.name)) {
      return this.#switchTo(topOf(allowed), nowMs, ceilingReason(input, current, useful));
    }
    return this.#adapt(input, allowed, current);
  }

  #start(input: PolicyInput, allowed: readonly RenditionOffer[]): string | null {
    const { nowMs, estimate } = input;
    const before = this.#beforeHidden;
    this.#beforeHidden = undefined;
    const replaced = this.#target !== null;
    const again = before && nowMs - before.atMs < this.#config.againMs;
    const known = again ? allowed.find(({ name }) => name === before.name) : undefined;
    if (known) return this.#switchTo(known, nowMs, 'in view again');
    const { bps, source } = estimate;
    const headroom = source === 'sender' ? this.#config.startHeadroom : this.#config.headroom;
    const chosen = this.#fitting(input, allowed, (bps ?? 0) / headroom) ?? allowed[0];
    if (replaced) this.#climbing = true;
    const reason = replaced ? 'no longer available' : 'start';
    return this.#switchTo(chosen, nowMs, `${reason}: ${capacityReason(bps, needBpsOf(input, chosen))}`);
  }

  /** Adapts the rendition to the connection. */
  #adapt(input: PolicyInput, allowed: readonly RenditionOffer[], current: RenditionOffer): string | null {
    const { nowMs, estimate, player } = input;
    const verdict = this.#judge.evaluate({
      nowMs,
      estimate,
      needBps: this.#following.floorBps(input, current),
      late: player.late,
      settled: player.shown === current.name,
    });
    if (this.#lastStepUp && nowMs - this.#lastStepUp.atMs >= this.#config.regretMs) {
      this.#memory.recordSuccess(this.#lastStepUp.name);
      this.#lastStepUp = undefined;
    }
    const probed = allowed.find(({ name }) => name === this.#probe?.offer.name);
    if (this.#probe && probed) return this.#checkProbe(input, this.#probe, probed, verdict);
    const lower = allowed.filter((offer) => pixelCount(offer) < pixelCount(current));
    const reason = lower.length > 0 ? this.#stepDown(input, lower, current, verdict) : null;
    if (reason === null) this.#maybeProbe(input, allowed, current, verdict);
    return reason;
  }

  #stepDown(
    input: PolicyInput,
    lower: readonly RenditionOffer[],
    current: RenditionOffer,
    verdict: Verdict,
  ): string | null {
    const { nowMs, estimate } = input;
    const { settleMs, arriveMs, badMs, afterDownMs, emergencyQueueMs, regretMs } = this.#config;
    // Data from a failed probe might still be in flight.
    const draining = nowMs - this.#probeEndedAtMs < settleMs;
    const arriving = input.player.shown !== current.name && nowMs - this.#switchedAtMs < arriveMs;
    const settled = nowMs - Math.max(this.#switchedAtMs, this.#probeEndedAtMs) >= settleMs;
    const bad = verdict.badMs >= badMs && settled && !arriving;
    // The cool-down does not apply if the video is visibly late or a queue grows fast.
    const emergency =
      (verdict.emergency && !draining && !arriving) || (bad && estimate.queueMs >= emergencyQueueMs);
    const due = emergency || (bad && nowMs - this.#steppedDownAtMs >= afterDownMs);
    if (this.#following.waits(input, current, due) || !due) return null;
    if (this.#lastStepUp?.name === current.name && nowMs - this.#lastStepUp.atMs < regretMs) {
      this.#memory.recordFailure(current, nowMs, estimate.burstBps);
    }
    this.#lastStepUp = undefined;
    this.#climbing = false;
    this.#trusting = false;
    this.#steppedDownAtMs = nowMs;
    this.#emergency = emergency;
    const { drainQueueMs, drainShare, fillShare } = this.#config;
    const { bps, source, queueMs } = estimate;
    const measured = source === 'congestion' && bps !== null;
    const drains = emergency && queueMs > drainQueueMs;
    const room = measured ? bps * (drains ? drainShare : fillShare) : Number.POSITIVE_INFINITY;
    const chosen = (measured || !emergency ? this.#fitting(input, lower, room) : undefined) ?? lower[0];
    return this.#switchTo(chosen, nowMs, stepDownReason(input, current));
  }

  #checkProbe(input: PolicyInput, probe: Probe, probed: RenditionOffer, verdict: Verdict): string | null {
    const { nowMs, estimate, player } = input;
    const { probeQueueMs, probeQueueRoundTrips, probeLimitMs, fillShare } = this.#config;
    const maxRiseMs = Math.max(probeQueueMs, (estimate.rttMs ?? 0) * probeQueueRoundTrips);
    const hurts =
      estimate.growing || player.late || verdict.emergency || estimate.queueMs - probe.queueMs >= maxRiseMs;
    const needBps = this.#following.floorBps(input, probed);
    const lastedMs = nowMs - probe.sinceMs;
    // If the probe disturbed the current rendition, the connection cannot carry both. The larger one alone
    // might still fit the measured capacity.
    const fits =
      estimate.source === 'congestion' && estimate.bps !== null && estimate.bps * fillShare >= needBps;
    if (hurts ? fits : player.probeInTime === true && lastedMs >= probe.proofMs) {
      this.#probe = undefined;
      this.#climbing = true;
      this.#lastStepUp = { name: probed.name, atMs: nowMs };
      return this.#switchTo(probed, nowMs, probeSuccessReason(estimate.bps, needBps));
    }
    if (hurts || lastedMs >= probeLimitMs) this.#failProbe(nowMs);
    return null;
  }

  #failProbe(nowMs: number): void {
    if (!this.#probe) return;
    this.#memory.recordFailure(this.#probe.offer, nowMs, this.#probe.evidenceBps);
    // After a failed leap over several renditions, a smaller step might succeed, so continue the fast climb.
    if (this.#probe.next) this.#climbing = false;
    this.#trusting = false;
    this.#probe = undefined;
    this.#probeEndedAtMs = nowMs;
    this.#judge.restart();
  }

  #maybeProbe(
    input: PolicyInput,
    allowed: readonly RenditionOffer[],
    current: RenditionOffer,
    { goodMs }: Verdict,
  ): void {
    const { nowMs, estimate } = input;
    const config = this.#config;
    if (nowMs - this.#steppedDownAtMs < config.afterDownMs || nowMs - this.#probeEndedAtMs < config.settleMs)
      return;
    if (goodMs < (this.#climbing ? config.climbGoodMs : config.goodMs)) return;
    const higher = allowed.filter((offer) => pixelCount(offer) > pixelCount(current));
    const open = higher.filter((offer) => !this.#memory.blocks(offer, nowMs, estimate.burstBps));
    const next = open.find(({ name }) => name === higher[0]?.name);
    // After a failed probe, do not leap on the sender's estimate alone: a rendition that is far too large
    // would disturb the current one.
    const leapBps = this.#trusting || estimate.source === 'congestion' ? estimate.bps : estimate.burstBps;
    const fits = this.#fitting(input, open, (leapBps ?? 0) / config.headroom);
    // If the capacity was just measured, no probe is needed to find out whether the next rendition fits.
    const unmeasured = estimate.source === 'congestion' ? undefined : next;
    const candidate = fits ?? unmeasured;
    if (!candidate || (goodMs < config.doubtGoodMs && this.#isDoubtful(input, candidate))) return;
    this.#probe = {
      offer: candidate,
      next: candidate.name === higher[0]?.name,
      sinceMs: nowMs,
      proofMs: this.#climbing ? config.climbProbeMs : config.probeMs,
      queueMs: estimate.queueMs,
      evidenceBps: estimate.burstBps,
    };
  }

  #isDoubtful(input: PolicyInput, candidate: RenditionOffer): boolean {
    const { burstBps } = input.estimate;
    // Before the first failure, a low burst rate might just mean that the congestion window is still small.
    return (
      !this.#trusting &&
      burstBps !== null &&
      burstBps < this.#following.floorBps(input, candidate) * this.#config.doubtShare
    );
  }

  /** Returns the largest rendition of a ladder that is useful at `bps`; undefined if there is none. */
  #fitting(input: PolicyInput, ladder: readonly RenditionOffer[], bps: number): RenditionOffer | undefined {
    return ladder.findLast((offer) => this.#following.floorBps(input, offer) <= bps);
  }

  /** Forgets everything about the previous connection or network path, except the current rendition. */
  #reset(): void {
    this.#memory.clear();
    this.#judge.restart();
    this.#following.clear();
    this.#climbing = true;
    this.#trusting = true;
    this.#steppedDownAtMs = NEVER;
    this.#lastStepUp = undefined;
    this.#probe = undefined;
  }

  #stop(reason: string): string {
    this.#probe = undefined;
    this.#lastStepUp = undefined;
    this.#target = null;
    return reason;
  }

  #switchTo(offer: RenditionOffer | undefined, nowMs: number, reason: string): string | null {
    if (!offer || offer.name === this.#target) return null;
    this.#target = offer.name;
    this.#probe = undefined;
    this.#switchedAtMs = nowMs;
    return reason;
  }
}

function topOf(ladder: readonly RenditionOffer[]): RenditionOffer | undefined {
  return ladder.at(-1);
}
