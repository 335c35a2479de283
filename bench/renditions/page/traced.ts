/** The application's page, with everything noted that the estimator and the policy are told: built in place of its own. */
import { DownlinkEstimator } from '../../../renderer/media/watch/adaptation/downlink-estimate.ts';
import { RenditionPolicy } from '../../../renderer/media/watch/adaptation/rendition-policy.ts';
import type { Signal, Trace } from '../trace.ts';
import '../../../renderer/main.tsx';

declare global {
  interface Window {
    benchTrace?: Trace;
  }
}

const signals: Signal[] = [];
window.benchTrace = { originMs: performance.timeOrigin, signals };

const estimator = DownlinkEstimator.prototype;
const { facts: takeFacts, arrived, lagged } = estimator;
estimator.facts = function (facts, atMs) {
  signals.push({ kind: 'facts', atMs, facts });
  takeFacts.call(this, facts, atMs);
};
estimator.arrived = function (arrival) {
  signals.push({ kind: 'arrival', arrival });
  arrived.call(this, arrival);
};
estimator.lagged = function (lagMs, atMs) {
  signals.push({ kind: 'lag', atMs, lagMs });
  lagged.call(this, lagMs, atMs);
};
const policy = RenditionPolicy.prototype;
const { step } = policy;
policy.step = function ({ estimate, ...input }) {
  signals.push({ kind: 'look', input });
  return step.call(this, { estimate, ...input });
};
