import type { Trace } from '../../../bench/renditions/trace.ts';
import {
  type DownlinkEstimate,
  DownlinkEstimator,
} from '../../../renderer/media/watch/adaptation/downlink-estimate.ts';
import type { PolicyChoice } from '../../../renderer/media/watch/adaptation/policy-types.ts';
import { RenditionPolicy } from '../../../renderer/media/watch/adaptation/rendition-policy.ts';

/** What the estimator and the policy returned for one recorded sample. */
export interface ReplayedSample {
  readonly atMs: number;
  readonly shown: string | null;
  readonly estimate: DownlinkEstimate;
  readonly choice: PolicyChoice;
}

/**
 * Feeds the recorded inputs of one run to a new estimator and policy. After the first decision that differs
 * from the recorded one, the inputs are meaningless, because they depend on the decisions.
 */
export function replay({ signals }: Trace): ReplayedSample[] {
  const estimator = new DownlinkEstimator();
  const policy = new RenditionPolicy();
  return signals.flatMap((signal) => {
    switch (signal.kind) {
      case 'facts':
        estimator.addFacts(signal.facts, signal.atMs);
        return [];
      case 'arrival':
        estimator.addArrival(signal.arrival);
        return [];
      case 'lag':
        estimator.addLag(signal.lagMs, signal.atMs);
        return [];
      case 'step':
        return [];
      default: {
        const { nowMs, player } = signal.input;
        const estimate = estimator.estimate(nowMs, player.shown);
        const choice = policy.step({ ...signal.input, estimate });
        return [{ atMs: nowMs, shown: player.shown, estimate, choice }];
      }
    }
  });
}
