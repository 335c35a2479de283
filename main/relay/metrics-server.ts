import { RELAY_METRICS } from '../../common/relay/relay-api.ts';
import { HttpServer } from './http.ts';
import type { Metrics } from './metrics.ts';
import { urlOf } from './site.ts';

/** Metrics on an address of their own, for anybody who reaches it. @throws Error that names the address */
export function serveMetrics(metrics: Metrics, bind: string, sessionsPerClient: number): Promise<HttpServer> {
  return HttpServer.open({
    bind,
    option: '--metrics-bind',
    certificates: null,
    sessionsPerClient,
    trustProxy: false,
    answer: async (request, response) => {
      if (urlOf(request)?.pathname !== RELAY_METRICS) {
        response.writeHead(404).end();
        return;
      }
      response.writeHead(200, { 'content-type': metrics.contentType });
      response.end(await metrics.text());
    },
  });
}
