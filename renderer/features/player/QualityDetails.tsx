import CheckIcon from 'lucide-react/icons/check';
import { type JSX, useId } from 'react';
import type { PlayerState } from '../../media/shared/player-types.ts';
import { sortedBySize } from '../../media/watch/adaptation/rendition-ceiling.ts';
import { formatBps, formatClock } from '../shared/format.ts';
import { Icon } from '../shared/Icon.tsx';
import { changeLabel, currentQualityText, renditionLabel } from './quality-words.ts';
import './details.css';

/** The available renditions, with the current one marked, and the estimated download capacity. */
export function RenditionList({ player }: { player: PlayerState }): JSX.Element | null {
  const { rendition, renditions, estimateBps } = player;
  const headingId = useId();
  if (renditions.length === 0) return null;
  return (
    <div className="quality" data-testid="quality-facts">
      <p id={headingId}>
        <strong>Quality:</strong> {currentQualityText(player)}
      </p>
      <ul className="details-rows" aria-labelledby={headingId}>
        {[...sortedBySize(renditions)].reverse().map((offer) => (
          <li key={offer.name} className="details-row" data-selected={offer.name === rendition}>
            <span className="quality-mark">
              {offer.name === rendition ? <Icon icon={CheckIcon} size={14} /> : null}
            </span>
            <span className="details-name">
              {renditionLabel(offer.name, renditions)}
              {offer.name === rendition ? ' (in use)' : ''}: {offer.width}×{offer.height},{' '}
              {Math.round(offer.framesPerSecond)} fps
            </span>
            <span>{offer.bitrateBps > 0 ? formatBps(offer.bitrateBps) : '–'}</span>
          </li>
        ))}
      </ul>
      <p className="quality-estimate">
        <span>Estimated download</span>
        <span data-testid="quality-estimate">
          {estimateBps === null ? 'not known yet' : `about ${formatBps(estimateBps)}`}
        </span>
      </p>
    </div>
  );
}

/** The most recent rendition switches and their reasons, newest first. Renders nothing if there were none. */
export function QualityHistory({ player }: { player: PlayerState }): JSX.Element | null {
  const { decisions, renditions } = player;
  const headingId = useId();
  if (decisions.length === 0) return null;
  return (
    <div className="quality">
      <p id={headingId}>
        <strong>Recent quality changes</strong>
      </p>
      <ol className="quality-changes" aria-labelledby={headingId} data-testid="quality-changes">
        {[...decisions].reverse().map((decision) => (
          <li key={`${decision.atMs} ${decision.from} ${decision.to}`}>
            <time dateTime={new Date(decision.atMs).toISOString()}>{formatClock(decision.atMs)}</time>
            <span>
              {changeLabel(decision, renditions)}: {decision.reason}
            </span>
          </li>
        ))}
      </ol>
    </div>
  );
}
