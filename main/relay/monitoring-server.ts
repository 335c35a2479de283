import { RELAY_BROADCASTS, RELAY_HEALTH, RELAY_METRICS, RELAY_READY } from '../../common/relay/relay-api.ts';
import { HttpServer } from './http/http-server.ts';
import { isLoopbackBind, localAccessFault } from './http/local-access.ts';
import { requestUrl } from './http/request.ts';
import type { Metrics } from './metrics.ts';
import type { BroadcastReport } from './monitoring/broadcast-report.ts';

/** The data that a relay reports to its operator. */
interface MonitoringParts {
  metrics: Metrics;
  /** Returns why the relay cannot serve its pages, as a sentence; null if it can. */
  notReady: () => string | null;
  broadcasts: () => readonly BroadcastReport[];
}

/**
 * Serves the metrics, the health checks and the list of broadcasts on a separate address, without
 * authentication.
 *
 * @throws Error that names the address if it cannot be bound
 */
export function serveMonitoring(
  { metrics, notReady, broadcasts }: MonitoringParts,
  bind: string,
  sessionsPerClient: number,
): Promise<HttpServer> {
  return HttpServer.open({
    bind,
    optionName: '--metrics-bind',
    tls: null,
    sessions: sessionsPerClient,
    sessionsPerClient,
    trustProxy: false,
    // A page on the internet must not be able to read the metrics through a browser on this machine.
    ...(isLoopbackBind(bind) ? { faultOf: ({ headers }) => localAccessFault(headers) } : {}),
    handle: async (request, response) => {
      const path = requestUrl(request)?.pathname;
      if (path === RELAY_HEALTH) {
        response.end('ok\n');
        return;
      }
      if (path === RELAY_READY) {
        const reason = notReady();
        response.writeHead(reason === null ? 200 : 503).end(`${reason ?? 'ready'}\n`);
        return;
      }
      if (path === RELAY_BROADCASTS) {
        response.writeHead(200, { 'content-type': 'application/json; charset=utf-8' });
        response.end(JSON.stringify(broadcasts()));
        return;
      }
      if (path !== RELAY_METRICS) {
        response.writeHead(404).end();
        return;
      }
      response.writeHead(200, { 'content-type': metrics.contentType });
      response.end(await metrics.text());
    },
  });
}
