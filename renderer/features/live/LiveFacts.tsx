import { type JSX, useId } from 'react';
import type { BroadcastState } from '../../../common/bridge/bridge.ts';
import type { EncodingStats } from '../../media/shared/types.ts';
import { SendingNote } from '../capture/SendingNote.tsx';
import { type SentRow, sentRows, uploadWords } from '../capture/sending.ts';
import { Icon } from '../shared/Icon.tsx';
import '../capture/facts.css';

interface LiveFactsProps {
  encoding: readonly EncodingStats[];
  /** Null until main knows of it. Who reads which track is null where that is not known. */
  broadcast:
    | (Pick<BroadcastState, 'viewers' | 'uploadBps'> & { renditions: BroadcastState['renditions'] | null })
    | null;
  /** In bits per second; null is none. */
  uploadLimitBps: number | null;
  /** Why viewers get less than there is, in words. */
  note: string | null;
  /** What is shown, in words. */
  source: string;
}

/** What is being sent now, in numbers: each rendition, who gets it, and what it all costs. */
export function LiveFacts({
  encoding,
  broadcast,
  uploadLimitBps,
  note,
  source,
}: LiveFactsProps): JSX.Element {
  const headingId = useId();
  const rows = sentRows(encoding, broadcast === null ? [] : broadcast.renditions);
  return (
    <section className="card facts" aria-labelledby={headingId}>
      <h2 id={headingId}>Sending</h2>
      {rows.length === 0 && !broadcast?.viewers ? (
        <p className="facts-idle">Nobody is watching yet, so nothing is being sent.</p>
      ) : (
        <>
          <dl className="facts-list">
            <div>
              <dt>Showing</dt>
              <dd>{source}</dd>
            </div>
            <div>
              <dt>{uploadLimitBps === null ? 'Upload' : 'Upload, of your limit'}</dt>
              <dd data-testid="upload">{uploadWords(broadcast?.uploadBps ?? 0, uploadLimitBps)}</dd>
            </div>
          </dl>
          <ul className="facts-sent" aria-label="What is sent" data-testid="sent">
            {rows.map((row) => (
              <Sent key={row.name} row={row} />
            ))}
          </ul>
        </>
      )}
      <SendingNote note={note} />
    </section>
  );
}

function Sent({ row }: { row: SentRow }): JSX.Element {
  return (
    <li data-track={row.name}>
      <strong>{row.label}</strong>
      {row.readers === null ? null : (
        <span className="facts-readers">
          <Icon name="eye" size={15} />
          <span>
            {row.readers}
            <span className="only-read"> {row.readers === 1 ? 'viewer' : 'viewers'}</span>
          </span>
        </span>
      )}
      <span className="facts-numbers">{row.facts}</span>
    </li>
  );
}
