import type { ConnectionState, NetworkPathState } from './bridge.ts';

/**
 * How good a link is, and the words for it. The thresholds are iroh-live's: good under 50 ms and 1 % loss, fair under
 * 150 ms and 5 %, poor beyond.
 */
export const qualityLevels = ['good', 'fair', 'poor', 'unknown'] as const;
export type QualityLevel = (typeof qualityLevels)[number];

const GOOD = { rttMs: 50, lossPercent: 1 };
const FAIR = { rttMs: 150, lossPercent: 5 };

/** What the badge shows: the level gives colour and icon, `text` says it in words, `tooltip` explains. */
export interface QualityBadge {
  level: QualityLevel;
  text: string;
  tooltip: string;
}

/** Numbers that are not known (null, NaN, negative) make a level `unknown` unless the other is bad enough by itself. */
export function qualityLevel(rttMs: number | null, lossPercent: number | null): QualityLevel {
  const rtt = known(rttMs);
  const loss = known(lossPercent);
  if ((rtt ?? 0) >= FAIR.rttMs || (loss ?? 0) >= FAIR.lossPercent) return 'poor';
  if (rtt === null) return 'unknown';
  // Loss is not known in the first second alone; until then the round trip speaks for the link.
  return rtt < GOOD.rttMs && (loss ?? 0) < GOOD.lossPercent ? 'good' : 'fair';
}

/** The badge of a link: *Direct · 12 ms*, *Relayed through relay.example · 48 ms*. */
export function qualityBadge(link: ConnectionState): QualityBadge {
  const path = selectedNetworkPath(link);
  if (!path) {
    return {
      level: 'unknown',
      text: 'No path yet',
      tooltip: 'The connection has not found a way to the other side yet.',
    };
  }
  const rttMs = link.stats?.rttMs ?? path.rttMs;
  const lossPercent = link.stats?.lossPercent ?? null;
  return {
    level: qualityLevel(rttMs, lossPercent),
    text: `${networkPathWords(path)} · ${rttWords(rttMs)}`,
    tooltip: `${explain(path)} ${numbers(rttMs, lossPercent)}`,
  };
}

/** The path that carries the data now. */
export function selectedNetworkPath(link: Pick<ConnectionState, 'paths'>): NetworkPathState | undefined {
  return link.paths.find(({ selected }) => selected);
}

/** `Direct`, or `Relayed through HOST`. */
export function networkPathWords(path: Pick<NetworkPathState, 'kind' | 'address'>): string {
  return path.kind === 'direct' ? 'Direct' : `Relayed through ${relayHost(path.address)}`;
}

/** The host of an iroh relay's URL, with its port where it is not the usual one. */
export function relayHost(address: string): string {
  return URL.canParse(address) ? new URL(address).host.replace(/\.$/, '') : address;
}

function rttWords(rttMs: number): string {
  return rttMs < 1 ? 'under 1 ms' : `${Math.round(rttMs)} ms`;
}

function explain(path: NetworkPathState): string {
  return path.kind === 'direct'
    ? `Packets go straight to ${path.address}.`
    : `No direct way was found yet, so packets go through the iroh relay ${relayHost(path.address)}. It only passes ` +
        'sealed packets on: it cannot see or hear anything, and is not the relay for browsers.';
}

function numbers(rttMs: number, lossPercent: number | null): string {
  const loss = lossPercent === null ? '' : `, ${roundTo(lossPercent)} % of packets lost`;
  return `Round trip ${rttWords(rttMs)}${loss}.`;
}

function roundTo(percent: number): string {
  return percent === 0 || percent >= 10 ? percent.toFixed(0) : percent.toFixed(1);
}

function known(value: number | null): number | null {
  return value !== null && Number.isFinite(value) && value >= 0 ? value : null;
}
