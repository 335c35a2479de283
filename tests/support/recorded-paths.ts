import { readFileSync } from 'node:fs';
import type { LinkSnapshot, PathCounters } from '../../main/network/path-deltas.ts';

/** A path with round figures; tests name what matters to them. */
export function path(change: Partial<PathCounters> = {}): PathCounters {
  return {
    id: '0',
    kind: 'direct',
    address: '10.77.0.2:4433',
    rttMs: 20,
    selected: true,
    cwndBytes: 50_000,
    congestionEvents: 0,
    sentPackets: 0,
    sentBytes: 0,
    receivedBytes: 0,
    lostPackets: 0,
    ...change,
  };
}

export function at(atMs: number, ...paths: PathCounters[]): LinkSnapshot {
  return { atMs, paths };
}

/** Snapshots recorded every 200 ms from two real endpoints on a lab network. */
export function recorded(name: string): LinkSnapshot[] {
  const url = new URL(`../fixtures/paths/${name}.json`, import.meta.url);
  return JSON.parse(readFileSync(url, 'utf8')) as LinkSnapshot[];
}
