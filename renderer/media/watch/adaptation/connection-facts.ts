import { CALLS_PREFIX, type ConnectionState } from '../../../../common/bridge/bridge.ts';
import { selectedNetworkPath } from '../../../../common/bridge/connection-quality.ts';
import type { ConnectionFacts } from '../../../../common/bridge/renditions.ts';

/**
 * Finds the connection that delivers the broadcast at `path`, which is a ticket or the `in` path of a call.
 * Undefined if there is none.
 */
export function connectionForPath(
  connections: readonly ConnectionState[],
  path: string,
): ConnectionState | undefined {
  const [prefix, callId] = path.split('/');
  const isCall = prefix === CALLS_PREFIX;
  return connections.find(({ use, subject }) =>
    isCall ? use === 'call' && subject === callId : use === 'pull' && subject === path,
  );
}

/**
 * Returns the downlink measurements of a connection; null while there are none. Two results with the same
 * `atMs` are the same sample.
 */
export function connectionFactsOf(connection: ConnectionState | undefined): ConnectionFacts | null {
  if (!connection?.downlink) return null;
  const networkPath = selectedNetworkPath(connection);
  return { ...connection.downlink, kind: networkPath?.kind ?? null, rttMs: networkPath?.rttMs ?? null };
}
