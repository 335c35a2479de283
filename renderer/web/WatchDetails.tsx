import type { JSX } from 'react';
import type { PullReport } from '../../common/relay/relay-api.ts';
import { playbackRows } from '../features/player/playback-rows.ts';
import { QualityHistory, RenditionList } from '../features/player/QualityDetails.tsx';
import type { PlayerState } from '../media/shared/types.ts';
import type { RelayConnectionState } from './relay-connection.ts';
import { relaySegment } from './relay-watch-view.ts';

interface WatchDetailsProps {
  link: RelayConnectionState;
  report: PullReport | null;
  player: PlayerState | null;
}

/** Everything about what is watched over a relay, in numbers. */
export function WatchDetails({ link, report, player }: WatchDetailsProps): JSX.Element {
  return (
    <section
      className="stats details-panel"
      aria-label="Picture and network details"
      data-testid="stats"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: the panel scrolls, so the keyboard must reach it.
      tabIndex={0}
    >
      {player ? <RenditionList player={player} /> : null}
      {link.connected ? <p className="details-note">{relaySegment(link.transport, link.rttMs).tooltip}</p> : null}
      <dl>
        {playbackRows(player).map(([what, value]) => (
          <div key={what}>
            <dt>{what}</dt>
            <dd>{value}</dd>
          </div>
        ))}
        {report ? (
          <div>
            <dt>Watching over this relay</dt>
            <dd>{report.readers}</dd>
          </div>
        ) : null}
      </dl>
      {player ? <QualityHistory player={player} /> : null}
    </section>
  );
}
