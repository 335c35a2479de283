/** Entry point of the app's page in traced builds. Records all inputs to the estimator and the policy. */
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
const { addFacts, addArrival, addLag } = estimator;
estimator.addFacts = function (facts, atMs) {
  signals.push({ kind: 'facts', atMs, facts });
  addFacts.call(this, facts, atMs);
};
estimator.addArrival = function (arrival) {
  signals.push({ kind: 'arrival', arrival });
  addArrival.call(this, arrival);
};
estimator.addLag = function (lagMs, atMs) {
  signals.push({ kind: 'lag', atMs, lagMs });
  addLag.call(this, lagMs, atMs);
};
const policy = RenditionPolicy.prototype;
const { step } = policy;
policy.step = function ({ estimate, ...input }) {
  signals.push({ kind: 'sample', input });
  return step.call(this, { estimate, ...input });
};
