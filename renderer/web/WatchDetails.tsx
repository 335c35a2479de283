import type { JSX } from 'react';
import type { PullReport } from '../../common/relay/relay-schemas.ts';
import { playbackRows } from '../features/player/playback-rows.ts';
import { QualityHistory, RenditionList } from '../features/player/QualityDetails.tsx';
import type { PlayerState } from '../media/shared/player-types.ts';
import type { RelayConnectionState } from './relay-connection.ts';
import { relaySegment } from './route-segment.ts';

interface WatchDetailsProps {
  connection: RelayConnectionState;
  report: PullReport | null;
  player: PlayerState | null;
}

/** Statistics of the playback and of the connection to the relay. */
export function WatchDetails({ connection, report, player }: WatchDetailsProps): JSX.Element {
  const { connected, transport, rttMs } = connection;
  return (
    <section
      className="stats details-panel"
      aria-label="Video and network details"
      data-testid="stats"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: keyboard users scroll the panel.
      tabIndex={0}
    >
      {player ? <RenditionList player={player} /> : null}
      {connected ? <p className="details-note">{relaySegment(transport, rttMs).tooltip}</p> : null}
      <dl>
        {playbackRows(player).map(([label, value]) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>{value}</dd>
          </div>
        ))}
        {report ? (
          <div>
            <dt>Viewers on this relay</dt>
            <dd>{report.readers}</dd>
          </div>
        ) : null}
      </dl>
      {player ? <QualityHistory player={player} /> : null}
    </section>
  );
}
