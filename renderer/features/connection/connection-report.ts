import type { AppInfo, ConnectionState } from '../../../common/bridge/bridge.ts';
import type { EncodingStats, PlayerState } from '../../media/shared/types.ts';
import type { ConnectionSample } from './connection-history.ts';

/** The data from which a report is made. */
export interface ReportInput {
  info: AppInfo;
  atMs: number;
  connection: ConnectionState | null;
  samples: readonly ConnectionSample[];
  player: PlayerState | null;
  sending: readonly EncodingStats[];
  /** Why the encoder sends less than the source has. */
  sendingNote: string | null;
}

/** The content of the details panel as JSON, for a bug report. It contains network addresses. */
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
