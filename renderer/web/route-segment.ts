import { qualityLevel } from '../../common/bridge/connection-quality.ts';
import type { PullReport } from '../../common/relay/relay-schemas.ts';

/** One segment of the route between this browser and the publisher, as text for a badge. */
export interface RouteSegment {
  level: ReturnType<typeof qualityLevel>;
  text: string;
  tooltip: string;
}

/** The segment from this browser to the relay. `rttMs` is null if unknown. */
export function relaySegment(transport: 'webtransport' | 'websocket', rttMs: number | null): RouteSegment {
  const name = transport === 'webtransport' ? 'WebTransport' : 'WebSocket';
  return {
    level: qualityLevel(rttMs, null),
    text: rttMs === null ? `You ↔ relay · ${name}` : `You ↔ relay · ${rttText(rttMs)}`,
    tooltip:
      `This browser is connected to the relay over ${name}.` +
      (rttMs === null ? '' : ` The round-trip time is ${rttText(rttMs)}.`) +
      (transport === 'websocket' ? ' A lost packet delays everything that was sent after it.' : ''),
  };
}

/** The segment from the relay to the publisher; null while they are not connected. */
export function publisherSegment(report: PullReport | null): RouteSegment | null {
  if (!report?.upstream) return null;
  const { kind, rttMs } = report.upstream;
  return {
    level: qualityLevel(rttMs, null),
    text: `Relay ↔ publisher · ${kind} · ${rttText(rttMs)}`,
    tooltip:
      (kind === 'direct'
        ? 'Packets travel directly between this relay and the publisher.'
        : 'Packets between this relay and the publisher pass through an iroh relay, which cannot decrypt them, until a direct path is found.') +
      ` The round-trip time is ${rttText(rttMs)}.`,
  };
}

function rttText(rttMs: number): string {
  return rttMs < 1 ? '<1 ms' : `${Math.round(rttMs)} ms`;
}
