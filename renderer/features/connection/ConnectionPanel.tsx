import CheckIcon from 'lucide-react/icons/check';
import ClockIcon from 'lucide-react/icons/clock';
import CopyIcon from 'lucide-react/icons/copy';
import type { JSX } from 'react';
import type { ConnectionState, NetworkPathState } from '../../../common/bridge/bridge.ts';
import { qualityBadge, relayHost } from '../../../common/bridge/connection-quality.ts';
import type { PlayerState } from '../../media/shared/player-types.ts';
import type { EncodingStats } from '../../media/shared/publisher-types.ts';
import { SendingNote } from '../capture/SendingNote.tsx';
import { sentTracks, uploadText } from '../capture/sent-tracks.ts';
import { type DetailRow, playbackRows } from '../player/playback-rows.ts';
import { QualityHistory, RenditionList } from '../player/QualityDetails.tsx';
import { Button } from '../shared/Button.tsx';
import { copyText } from '../shared/clipboard.ts';
import { useApp, useSettings } from '../shared/context.ts';
import { formatBps } from '../shared/format.ts';
import { Icon } from '../shared/Icon.tsx';
import { useNow, useReadable } from '../shared/readable.ts';
import { useConnectionHistory } from './connection-context.ts';
import { type ConnectionSample, connectionKey, HISTORY_MS } from './connection-history.ts';
import { connectionReport } from './connection-report.ts';
import { Plot } from './Plot.tsx';
import '../player/details.css';
import './connection.css';

interface ConnectionPanelProps {
  connection: ConnectionState | null;
  /** The player of the received media; null if nothing is received. */
  player?: PlayerState | null;
  /** The renditions being sent. */
  sending?: readonly EncodingStats[];
  /** Why the encoder sends lower quality than the source provides; null if it does not. */
  sendingNote?: string | null;
  downloadBps?: number;
}

/**
 * Replaces the round-trip time of the selected path with the average over the last second, which the badge
 * also shows.
 */
function withBadgeRtt({ stats }: ConnectionState, path: NetworkPathState): NetworkPathState {
  return path.selected && stats ? { ...path, rttMs: stats.rttMs } : path;
}

/** Statistics for a connection and the media that it carries. */
export function ConnectionPanel(props: ConnectionPanelProps): JSX.Element {
  const { connection, player = null, sending = [], sendingNote = null, downloadBps } = props;
  const app = useApp();
  const { uploadLimitBps } = useSettings();
  const history = useReadable(useConnectionHistory().samples);
  const samples = (connection && history.get(connectionKey(connection))) || [];
  const badge = connection && qualityBadge(connection);
  const copy = async (): Promise<void> => {
    const report = connectionReport({
      info: app.info,
      atMs: Date.now(),
      connection,
      samples,
      player,
      sending,
      sendingNote,
    });
    if (await copyText(report, null)) app.toasts.show('The details were copied.', { tone: 'good' });
    else app.toasts.show('Could not copy the details.', { tone: 'bad' });
  };
  return (
    <section
      className="stats details-panel connection-panel"
      aria-label="Video and network details"
      data-testid="stats"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: keyboard users scroll the panel.
      tabIndex={0}
    >
      <div className="connection-part">
        {player ? <RenditionList player={player} /> : null}
        <DetailList rows={playbackRows(player, downloadBps)} />
        {player ? <QualityHistory player={player} /> : null}
      </div>
      <div className="connection-part">
        {connection ? (
          <>
            <p className="details-note">{badge?.tooltip}</p>
            <ul className="details-rows" aria-label="Network paths">
              {connection.paths.map((path) => (
                <PathRow key={`${path.kind} ${path.address}`} path={withBadgeRtt(connection, path)} />
              ))}
            </ul>
            <ConnectionPlots samples={samples} />
          </>
        ) : null}
        <DetailList
          rows={[...networkRows(connection), ...sentDetails(sending, connection, uploadLimitBps)]}
        />
        <SendingNote note={sendingNote} />
        <Button
          size="small"
          icon={CopyIcon}
          data-testid="copy-stats"
          onClick={() => app.attempt(copy(), 'Could not copy the details')}
        >
          Copy as JSON
        </Button>
      </div>
    </section>
  );
}

/** Charts of the connection's statistics over the last minute. */
function ConnectionPlots({ samples }: { samples: readonly ConnectionSample[] }): JSX.Element {
  const nowMs = useNow(1000);
  const line = (value: (sample: ConnectionSample) => number) =>
    samples.map((sample) => ({ atMs: sample.atMs, value: value(sample) }));
  const frame = { nowMs, spanMs: HISTORY_MS };
  return (
    <div className="connection-plots">
      <Plot
        label="Round trip"
        format={(value) => `${Math.round(value)} ms`}
        lines={[{ name: '', points: line((sample) => sample.rttMs) }]}
        {...frame}
      />
      <Plot
        label="Packet loss"
        format={(value) => `${value.toFixed(value > 0 && value < 10 ? 1 : 0)} %`}
        lines={[{ name: '', points: line((sample) => sample.lossPercent) }]}
        {...frame}
      />
      <Plot
        label="Download and upload"
        format={(value) => formatBps(value * 1_000_000)}
        lines={[
          { name: '↓', points: line((sample) => sample.downMbps) },
          { name: '↑', points: line((sample) => sample.upMbps) },
        ]}
        {...frame}
      />
    </div>
  );
}

function DetailList({ rows }: { rows: readonly DetailRow[] }): JSX.Element | null {
  if (rows.length === 0) return null;
  return (
    <dl>
      {rows.map(([what, value]) => (
        <div key={what}>
          <dt>{what}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function PathRow({ path }: { path: NetworkPathState }): JSX.Element {
  return (
    <li className="details-row" data-selected={path.selected}>
      <Icon icon={path.selected ? CheckIcon : ClockIcon} size={14} />
      <span className="details-name">
        {path.kind === 'direct' ? 'Direct' : 'Relayed'}
        {path.selected ? ' (in use)' : ''}: {path.kind === 'direct' ? path.address : relayHost(path.address)}
      </span>
      <span>{Math.round(path.rttMs)} ms</span>
    </li>
  );
}

function networkRows(connection: ConnectionState | null): DetailRow[] {
  if (!connection?.signals) return [];
  // This estimate comes from the peer's congestion control, so it describes the peer's upload.
  const senderBps = connection.downlink?.senderEstimateBps ?? null;
  return [
    ...(senderBps === null ? [] : [['Their estimated upload', formatBps(senderBps)] as const]),
    ['Estimated upload', formatBps(connection.signals.availableBps)],
    ['Congestion events', String(connection.signals.congestionEvents)],
  ];
}

function sentDetails(
  sending: readonly EncodingStats[],
  connection: ConnectionState | null,
  limitBps: number | null,
): DetailRow[] {
  const rows: DetailRow[] = sentTracks(sending, []).map(({ label, details }) => [`Sent: ${label}`, details]);
  if (rows.length === 0 || !connection?.stats) return rows;
  const what = limitBps === null ? 'Upload' : 'Upload and limit';
  return [...rows, [what, uploadText(connection.stats.upMbps * 1_000_000, limitBps)]];
}
