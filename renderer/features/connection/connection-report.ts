import type { AppInfo, ConnectionState } from '../../../common/bridge/bridge.ts';
import type { PlayerState } from '../../media/shared/player-types.ts';
import type { EncodingStats } from '../../media/shared/publisher-types.ts';
import type { ConnectionSample } from './connection-history.ts';

/** The contents of a connection report. */
export interface ReportInput {
  info: AppInfo;
  atMs: number;
  connection: ConnectionState | null;
  samples: readonly ConnectionSample[];
  player: PlayerState | null;
  sending: readonly EncodingStats[];
  /** Why the encoder sends lower quality than the source provides; null if it does not. */
  sendingNote: string | null;
}

/**
 * Formats the contents of the details panel as JSON for a bug report. The report contains network addresses.
 */
export function connectionReport({
  info,
  atMs,
  connection,
  samples,
  player,
  sending,
  sendingNote,
}: ReportInput): string {
  const { version, host } = info;
  const report = {
    app: { version, host },
    at: new Date(atMs).toISOString(),
    connection,
    lastMinute: samples,
    receiving: player,
    sending,
    sendingNote,
  };
  return JSON.stringify(report, null, 2);
}
