import type { AppInfo, ConnectionState } from '../../../common/bridge/bridge.ts';
import type { EncodingStats, PlayerState } from '../../media/shared/types.ts';
import type { ConnectionSample } from './connection-history.ts';

export interface ReportInput {
  info: AppInfo;
  atMs: number;
  connection: ConnectionState | null;
  samples: readonly ConnectionSample[];
  player: PlayerState | null;
  sending: readonly EncodingStats[];
  /** Why less is sent than there is. */
  sendingNote: string | null;
}

/** All that the details show, as JSON for a bug report. Addresses are in it: whoever copies it decides who sees it. */
export function connectionReport({
  info,
  atMs,
  connection: link,
  samples,
  player,
  sending,
  sendingNote,
}: ReportInput): string {
  const { version, host } = info;
  const report = {
    app: { version, host },
    at: new Date(atMs).toISOString(),
    link,
    lastMinute: samples,
    receiving: player,
    sending,
    sendingNote,
  };
  return JSON.stringify(report, null, 2);
}
