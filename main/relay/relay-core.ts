import { log } from '../base/log.ts';
import { failureOf } from '../endpoint/endpoint.ts';
import { Origin } from '../origin/origin.ts';
import { AddressTokens } from './access/client-identity.ts';
import { announcementLimits, type OnRefused } from './access/limits.ts';
import { ActivityLog } from './activity-log.ts';
import { servedExpiryMs } from './certificates/open-certificates.ts';
import { AccessLog } from './http/access-log.ts';
import { Metrics, sampleRelay } from './metrics.ts';
import { TrafficMeter } from './monitoring/traffic-meter.ts';
import type { Opened } from './open-parts.ts';
import { AddressError, restrictedDial } from './pulls/address-policy.ts';
import { RelayPulls } from './pulls/pulls.ts';
import type { RelayEvent } from './relay-events.ts';
import type { RelayOptions } from './relay-options.ts';
import { SessionAdmission } from './sessions/session-admission.ts';
import { RelaySessions } from './sessions/sessions.ts';
import { ViewerReports } from './viewer-reports.ts';

/** The parts of a relay that do not depend on the addresses on which it listens. */
export interface RelayCore {
  origin: Origin;
  pulls: RelayPulls;
  sessions: RelaySessions;
  admission: SessionAdmission;
  metrics: Metrics;
  /** Traffic with the cluster. */
  clusterTraffic: TrafficMeter;
  /** Null if requests and sessions are not logged. */
  accessLog: AccessLog | null;
  addressTokens: AddressTokens;
  onRefused: OnRefused;
}

/** Creates the relay's Origin and connects it to pulls, sessions, metrics and logs. The scope in `opened` closes them. */
export function createCore(
  options: RelayOptions,
  opened: Opened,
  onEvent: (event: RelayEvent) => void,
): RelayCore {
  const { scope, endpoint, certificates, refusalLog } = opened;
  const { limits, trustProxy } = options;
  const origin = new Origin({ limits: announcementLimits(limits) });
  const upstreamTraffic = new TrafficMeter();
  const clusterTraffic = new TrafficMeter();
  const metrics = new Metrics(() =>
    sampleRelay({
      ...{ origin, pulls, sessions, upstreamTraffic, clusterTraffic },
      certificateExpiresAtMs: () => servedExpiryMs(certificates),
    }),
  );
  scope.own(() => metrics.close());
  const pageCertificates = certificates.https ?? certificates.webTransport;
  if (pageCertificates) scope.own(pageCertificates.onRenewed(() => metrics.countRenewal('success')));
  scope.own(opened.certificateTroubles.on('trouble', () => metrics.countRenewal('failure')));
  const onRefused: OnRefused = (reason, client, message) => {
    metrics.countRefusal(reason);
    if (message !== undefined) refusalLog.add(`${client}: refused: ${message}`);
  };
  const viewerReports = new ViewerReports(origin);
  scope.own(() => viewerReports.close());
  const activity = new ActivityLog(log.info);
  scope.own(() => activity.close());
  scope.own(activity.watch(origin));
  const rules = { allowPrivate: options.allowPrivateAddresses, ownRelayUrl: options.irohRelay };
  const dial = restrictedDial(endpoint, rules, onRefused);
  const pulls = new RelayPulls({
    origin,
    localId: endpoint.id,
    dial: async (address, signal, clientsOf) => upstreamTraffic.add(await dial(address, signal, clientsOf)),
    failureOf: (error) => (error instanceof AddressError ? 'private' : failureOf(error)),
    isFinal: (error) => error instanceof AddressError && error.reason === 'private',
    releaseMs: options.releaseMs,
    limits,
    onEvent: (event) => {
      activity.pull(event);
      onEvent(event);
    },
    onRequested: (ticket, client) => activity.requested(ticket, client),
    onRefused,
  });
  scope.own(() => pulls.close());
  const sessions = new RelaySessions({
    origin,
    localId: endpoint.id,
    limits,
    pull: (client, ticket, ended) => pulls.pull(client, ticket, ended),
    onOpened: (kind) => metrics.countSession(kind),
    warn: (line) => refusalLog.add(line),
    onRefused,
  });
  scope.own(() => sessions.close());
  const accessLog = options.accessLog ? new AccessLog(log.info) : null;
  const addressTokens = new AddressTokens();
  const admission = new SessionAdmission({
    ...{ accessLog, auth: opened.auth, sessions, trustProxy, addressTokens, onRefused },
    maxStreams: limits.streams,
  });
  return { origin, pulls, sessions, admission, metrics, clusterTraffic, accessLog, addressTokens, onRefused };
}
