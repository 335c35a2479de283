import type { ConnectionState, NetworkPathState } from './bridge.ts';

/**
 * The quality of a connection, by iroh-live's thresholds: good below 50 ms round-trip time and 1 % loss, fair
 * below 150 ms and 5 %, otherwise poor.
 */
export type QualityLevel = 'good' | 'fair' | 'poor' | 'unknown';

const GOOD = { rttMs: 50, lossPercent: 1 };
const FAIR = { rttMs: 150, lossPercent: 5 };

/** The content of a connection badge. `level` determines its color and icon. */
interface QualityBadge {
  level: QualityLevel;
  text: string;
  tooltip: string;
}

/**
 * Rates a connection. Null, NaN and negative values mean unknown. Without a round-trip time, the result is
 * `unknown`, unless packet loss alone makes the connection `poor`.
 */
export function qualityLevel(rttMs: number | null, lossPercent: number | null): QualityLevel {
  const rtt = known(rttMs);
  const loss = known(lossPercent);
  if ((rtt ?? 0) >= FAIR.rttMs || (loss ?? 0) >= FAIR.lossPercent) return 'poor';
  if (rtt === null) return 'unknown';
  // An unknown loss counts as 0. This affects only the first second, before the loss has been measured.
  return rtt < GOOD.rttMs && (loss ?? 0) < GOOD.lossPercent ? 'good' : 'fair';
}

/** Returns a connection's badge, for example *Direct · 12 ms* or *Relayed through relay.example · 48 ms*. */
export function qualityBadge(connection: ConnectionState): QualityBadge {
  const path = selectedNetworkPath(connection);
  if (!path) {
    return {
      level: 'unknown',
      text: 'No path yet',
      tooltip: 'The connection has not found a network path to the other side yet.',
    };
  }
  const rttMs = connection.stats?.rttMs ?? path.rttMs;
  const lossPercent = connection.stats?.lossPercent ?? null;
  return {
    level: qualityLevel(rttMs, lossPercent),
    text: `${networkPathWords(path)} · ${rttText(rttMs)}`,
    tooltip: `${explanation(path)} ${figuresText(rttMs, lossPercent)}`,
  };
}

/** Returns the network path that the connection is sending on, or undefined if there is none. */
export function selectedNetworkPath(
  connection: Pick<ConnectionState, 'paths'>,
): NetworkPathState | undefined {
  return connection.paths.find(({ selected }) => selected);
}

/** Returns `Direct`, or `Relayed through HOST`. */
export function networkPathWords(path: Pick<NetworkPathState, 'kind' | 'address'>): string {
  return path.kind === 'direct' ? 'Direct' : `Relayed through ${relayHost(path.address)}`;
}

/**
 * Returns the host in an iroh relay's URL, with the port unless it is the default port. Returns any other
 * text unchanged.
 */
export function relayHost(address: string): string {
  return URL.canParse(address) ? new URL(address).host.replace(/\.$/, '') : address;
}

function rttText(rttMs: number): string {
  return rttMs < 1 ? '<1 ms' : `${Math.round(rttMs)} ms`;
}

function explanation(path: NetworkPathState): string {
  return path.kind === 'direct'
    ? `Packets go straight to ${path.address}.`
    : `There is no direct path yet, so packets go through the iroh relay ${relayHost(path.address)}. It only forwards ` +
        'encrypted packets: it cannot see or hear anything, and is not the relay for browsers.';
}

function figuresText(rttMs: number, lossPercent: number | null): string {
  const loss = lossPercent === null ? '' : `, ${rounded(lossPercent)} % of packets lost`;
  return `Round trip ${rttText(rttMs)}${loss}.`;
}

function rounded(percent: number): string {
  return percent === 0 || percent >= 10 ? percent.toFixed(0) : percent.toFixed(1);
}

function known(value: number | null): number | null {
  return value !== null && Number.isFinite(value) && value >= 0 ? value : null;
}
