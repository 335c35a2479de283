import { readFileSync } from 'node:fs';
import type { ConnectionSnapshot, NetworkPathCounters } from '../../main/network/connection-delta.ts';

/** A network path with round numbers. Tests override the fields that they check. */
export function path(change: Partial<NetworkPathCounters> = {}): NetworkPathCounters {
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

/** A snapshot of the given paths, taken at `atMs`. */
export function at(atMs: number, ...paths: NetworkPathCounters[]): ConnectionSnapshot {
  return { atMs, paths };
}

/** Snapshots recorded every 200 ms between two real endpoints on a test network. */
export function recorded(name: string): ConnectionSnapshot[] {
  const url = new URL(`../fixtures/paths/${name}.json`, import.meta.url);
  return JSON.parse(readFileSync(url, 'utf8')) as ConnectionSnapshot[];
}
