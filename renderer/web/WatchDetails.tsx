import type { JSX } from 'react';
import type { PullReport } from '../../common/relay/relay-api.ts';
import { receiving } from '../features/connection/ConnectionPanel.tsx';
import { QualityChanges, QualityOffers } from '../features/player/QualityFacts.tsx';
import type { PlayerState } from '../media/shared/types.ts';
import type { RelayLink } from './relay-connection.ts';
import { relayHop } from './web-view.ts';

interface WatchDetailsProps {
  link: RelayLink;
  report: PullReport | null;
  player: PlayerState | null;
}

/** Everything about what is watched over a relay, in numbers. */
export function WatchDetails({ link, report, player }: WatchDetailsProps): JSX.Element {
  return (
    <section
      className="stats link-panel"
      aria-label="Details of picture and network"
      data-testid="stats"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: the panel scrolls, so the keyboard must reach it.
      tabIndex={0}
    >
      {player ? <QualityOffers player={player} /> : null}
      {link.connected ? <p className="link-note">{relayHop(link.transport, link.rttMs).tooltip}</p> : null}
      <dl>
        {receiving(player, undefined).map(([what, value]) => (
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
      {player ? <QualityChanges player={player} /> : null}
    </section>
  );
}
