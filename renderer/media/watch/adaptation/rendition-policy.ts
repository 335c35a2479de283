import { AUTO, type RenditionOffer } from '../../../../common/bridge/renditions.ts';
import { LinkJudge, type Verdict } from './connection-judge.ts';
import { DecodeLimit } from './decode-limit.ts';
import { needBpsOf, type PolicyChoice, type PolicyInput } from './policy-types.ts';
import { ProbeMemory } from './probe-memory.ts';
import { pixels, ranked, upToLines, upToView } from './rendition-ceiling.ts';
import { RENDITION_CONFIG, type RenditionConfig } from './rendition-config.ts';
import { downWords, limitWords, linkWords, provenWords, wishWords } from './rendition-words.ts';

interface Probe {
  readonly offer: RenditionOffer;
  /** Whether it is the next one above what plays. */
  readonly next: boolean;
  readonly sinceMs: number;
  /** How long it must last to count. */
  readonly proofMs: number;
  /** The queue of what plays, and what the link seemed to carry, when it began. */
  readonly queueMs: number;
  readonly evidenceBps: number | null;
}

const NEVER = Number.NEGATIVE_INFINITY;

/**
 * Chooses the rendition: the wish (mode, view) and the facts (link, player) meet here and nowhere else. Called every
 * `checkEveryMs` and whenever the wish changes; pure but for what it remembers, so that signals can be replayed.
 *
 * It goes down when the link is bad for a while, at once when a queue grows fast, and up only after the higher
 * rendition was read beside the current one and came in time.
 */
export class RenditionPolicy {
  readonly #config: RenditionConfig;
  readonly #judge: LinkJudge;
  readonly #memory: ProbeMemory;
  readonly #decodeLimit: DecodeLimit;
  #target: string | null = null;
  #probe: Probe | undefined;
  /** It goes up quickly: from the start, and after each success, until a probe fails. */
  #climbing = true;
  /** Nothing has failed on this path yet: the sender's estimate is worth a leap. */
  #trusting = true;
  #switchedAtMs = NEVER;
  #downAtMs = NEVER;
  #probeEndedAtMs = NEVER;
  #raised: { name: string; atMs: number } | undefined;
  /** What was shown when the picture went out of view. */
  #hidden: { name: string; atMs: number } | undefined;
  #ceiling = 0;
  /** The look under way goes down without waiting for a cool-down. */
  #emergency = false;
  #generation: number | undefined;

  constructor(config: RenditionConfig = RENDITION_CONFIG) {
    this.#config = config;
    this.#judge = new LinkJudge(config);
    this.#memory = new ProbeMemory(config);
    this.#decodeLimit = new DecodeLimit(config);
  }

  step(input: PolicyInput): PolicyChoice {
    const { estimate, mode } = input;
    if (this.#generation !== estimate.generation) {
      if (this.#generation !== undefined) this.#forget();
      this.#generation = estimate.generation;
    }
    const from = this.#target;
    this.#emergency = false;
    const ladder = ranked(input.offers);
    const reason = this.#choose(input, ladder);
    const to = this.#target;
    if (from !== to) this.#judge.restart();
    return {
      target: to,
      probing: this.#probe?.offer.name ?? null,
      emergency: from !== to && this.#emergency,
      decision: from === to ? null : { from, to, reason: reason ?? '' },
      note: to !== null && mode !== AUTO && mode !== to ? wishWords(mode, ladder) : null,
    };
  }

  /** Returns why, when it changes the target. */
  #choose(input: PolicyInput, ladder: readonly RenditionOffer[]): string | null {
    const { nowMs, mode, view, maxLines } = input;
    if (ladder.length === 0) return this.#none('no picture on offer');
    if (view && !view.visible) {
      if (this.#target !== null) this.#hidden = { name: this.#target, atMs: nowMs };
      return this.#none('not in view');
    }
    const permitted = upToLines(ladder, maxLines);
    const fixed = permitted.find(({ name }) => name === mode);
    if (fixed) {
      this.#probe = undefined;
      return this.#to(fixed, nowMs, 'chosen by hand');
    }
    const useful = upToView(permitted, view, this.#config.enlarge);
    const current = ladder.find(({ name }) => name === this.#target);
    if (current && this.#decodeLimit.look(input, current)) this.#fail(nowMs);
    const allowed = this.#decodeLimit.allowed(useful, nowMs);
    // A view that grew is worth a quick try of what it can use now.
    const ceiling = pixels(allowed.at(-1) ?? { width: 0, height: 0 });
    if (ceiling > this.#ceiling) this.#climbing = true;
    this.#ceiling = ceiling;
    if (this.#probe && !allowed.some(({ name }) => name === this.#probe?.offer.name)) this.#probe = undefined;
    if (!current) return this.#start(input, allowed);
    if (!allowed.some(({ name }) => name === current.name)) {
      return this.#to(topOf(allowed), nowMs, limitWords(input, current, useful));
    }
    return this.#follow(input, allowed, current);
  }

  #start(input: PolicyInput, allowed: readonly RenditionOffer[]): string | null {
    const { nowMs, estimate } = input;
    const before = this.#hidden;
    this.#hidden = undefined;
    const replaced = this.#target !== null;
    const again = before && nowMs - before.atMs < this.#config.againMs;
    const known = again ? allowed.find(({ name }) => name === before.name) : undefined;
    if (known) return this.#to(known, nowMs, 'in view again');
    const { bps, why } = estimate;
    const headroom = why === 'sender' ? this.#config.startHeadroom : this.#config.headroom;
    const chosen = fitting(input, allowed, (bps ?? 0) / headroom) ?? allowed[0];
    if (replaced) this.#climbing = true;
    const reason = replaced ? 'no longer on offer' : 'start';
    return this.#to(chosen, nowMs, `${reason}: ${linkWords(bps, needBpsOf(input, chosen))}`);
  }

  /** The link decides. */
  #follow(input: PolicyInput, allowed: readonly RenditionOffer[], current: RenditionOffer): string | null {
    const { nowMs, estimate, player } = input;
    const verdict = this.#judge.look({
      nowMs,
      estimate,
      needBps: needBpsOf(input, current),
      late: player.late,
      settled: player.shown === current.name,
    });
    if (this.#raised && nowMs - this.#raised.atMs >= this.#config.regretMs) {
      this.#memory.passed(this.#raised.name);
      this.#raised = undefined;
    }
    const probed = allowed.find(({ name }) => name === this.#probe?.offer.name);
    if (this.#probe && probed) return this.#watchProbe(input, this.#probe, probed, verdict);
    const lower = allowed.filter((offer) => pixels(offer) < pixels(current));
    const down = lower.length > 0 ? this.#down(input, lower, current, verdict) : null;
    if (down === null) this.#maybeProbe(input, allowed, current, verdict);
    return down;
  }

  #down(
    input: PolicyInput,
    lower: readonly RenditionOffer[],
    current: RenditionOffer,
    verdict: Verdict,
  ): string | null {
    const { nowMs, estimate } = input;
    const { settleMs, arriveMs, badMs, afterDownMs, emergencyQueueMs, regretMs } = this.#config;
    // What a probe brought, or what played before, is still on its way.
    const echo = nowMs - this.#probeEndedAtMs < settleMs;
    const arriving = input.player.shown !== current.name && nowMs - this.#switchedAtMs < arriveMs;
    const settled = nowMs - Math.max(this.#switchedAtMs, this.#probeEndedAtMs) >= settleMs;
    const bad = verdict.badMs >= badMs && settled && !arriving;
    // What is visibly late does not wait for a cool-down, nor does a queue that grows fast.
    const emergency =
      (verdict.emergency && !echo && !arriving) || (bad && estimate.queueMs >= emergencyQueueMs);
    if (!emergency && !(bad && nowMs - this.#downAtMs >= afterDownMs)) return null;
    if (this.#raised?.name === current.name && nowMs - this.#raised.atMs < regretMs) {
      this.#memory.failed(current, nowMs, estimate.burstBps);
    }
    this.#raised = undefined;
    this.#climbing = false;
    this.#trusting = false;
    this.#downAtMs = nowMs;
    this.#emergency = emergency;
    const { drainQueueMs, drainShare, fillShare } = this.#config;
    const { bps, why, queueMs } = estimate;
    const measured = why === 'busy' && bps !== null;
    const drains = emergency && queueMs > drainQueueMs;
    const room = measured ? bps * (drains ? drainShare : fillShare) : Number.POSITIVE_INFINITY;
    const chosen = (measured || !emergency ? fitting(input, lower, room) : undefined) ?? lower[0];
    return this.#to(chosen, nowMs, downWords(input, current));
  }

  #watchProbe(input: PolicyInput, probe: Probe, probed: RenditionOffer, verdict: Verdict): string | null {
    const { nowMs, estimate, player } = input;
    const { probeQueueMs, probeQueueRoundTrips, probeLimitMs, fillShare } = this.#config;
    const mostMs = Math.max(probeQueueMs, (estimate.rttMs ?? 0) * probeQueueRoundTrips);
    const hurts =
      estimate.growing || player.late || verdict.emergency || estimate.queueMs - probe.queueMs >= mostMs;
    const needBps = needBpsOf(input, probed);
    const lastedMs = nowMs - probe.sinceMs;
    // Both together were too much, but what came shows that the larger one alone fits.
    const fits = estimate.why === 'busy' && estimate.bps !== null && estimate.bps * fillShare >= needBps;
    if (hurts ? fits : player.probeInTime === true && lastedMs >= probe.proofMs) {
      this.#probe = undefined;
      this.#climbing = true;
      this.#raised = { name: probed.name, atMs: nowMs };
      return this.#to(probed, nowMs, provenWords(estimate.bps, needBps));
    }
    if (hurts || lastedMs >= probeLimitMs) this.#fail(nowMs);
    return null;
  }

  #fail(nowMs: number): void {
    if (!this.#probe) return;
    this.#memory.failed(this.#probe.offer, nowMs, this.#probe.evidenceBps);
    // A leap that was too wide: a smaller one may do.
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
    if (nowMs - this.#downAtMs < config.afterDownMs || nowMs - this.#probeEndedAtMs < config.settleMs) return;
    if (goodMs < (this.#climbing ? config.climbGoodMs : config.goodMs)) return;
    const higher = allowed.filter((offer) => pixels(offer) > pixels(current));
    const open = higher.filter((offer) => !this.#memory.blocks(offer, nowMs, estimate.burstBps));
    const next = open.find(({ name }) => name === higher[0]?.name);
    // Once something has failed, a leap needs more than the sender's word: the probe of what is far too large hurts.
    // What that one brought tells the capacity.
    const leap = this.#trusting || estimate.why === 'busy' ? estimate.bps : estimate.burstBps;
    const fits = fitting(input, open, (leap ?? 0) / config.headroom);
    // A link whose capacity was measured a moment ago need not be asked again.
    const unknown = estimate.why === 'busy' ? undefined : next;
    const candidate = fits ?? unknown;
    if (!candidate || (goodMs < config.doubtGoodMs && this.#doubtful(input, candidate))) return;
    this.#probe = {
      offer: candidate,
      next: candidate.name === higher[0]?.name,
      sinceMs: nowMs,
      proofMs: this.#climbing ? config.climbProbeMs : config.probeMs,
      queueMs: estimate.queueMs,
      evidenceBps: estimate.burstBps,
    };
  }

  #doubtful(input: PolicyInput, candidate: RenditionOffer): boolean {
    const { burstBps } = input.estimate;
    // Nothing failed yet: a sender's window that is still small makes frames slow as well.
    return (
      !this.#trusting && burstBps !== null && burstBps < needBpsOf(input, candidate) * this.#config.doubtShare
    );
  }

  /** Another path or connection: what was learnt is of the old one. What plays goes on. */
  #forget(): void {
    this.#memory.clear();
    this.#judge.restart();
    this.#climbing = true;
    this.#trusting = true;
    this.#downAtMs = NEVER;
    this.#raised = undefined;
    this.#probe = undefined;
  }

  #none(reason: string): string {
    this.#probe = undefined;
    this.#raised = undefined;
    this.#target = null;
    return reason;
  }

  #to(offer: RenditionOffer | undefined, nowMs: number, reason: string): string | null {
    if (!offer || offer.name === this.#target) return null;
    this.#target = offer.name;
    this.#probe = undefined;
    this.#switchedAtMs = nowMs;
    return reason;
  }
}

/** The largest of a ladder that needs no more than this. */
function fitting(
  input: PolicyInput,
  ladder: readonly RenditionOffer[],
  bps: number,
): RenditionOffer | undefined {
  return ladder.findLast((offer) => needBpsOf(input, offer) <= bps);
}

function topOf(ladder: readonly RenditionOffer[]): RenditionOffer | undefined {
  return ladder.at(-1);
}
