import EyeIcon from 'lucide-react/icons/eye';
import { type JSX, useId } from 'react';
import type { BroadcastState } from '../../../common/bridge/bridge.ts';
import type { EncodingStats } from '../../media/shared/publisher-types.ts';
import { SendingNote } from '../capture/SendingNote.tsx';
import { type SentTrack, sentTracks, uploadText } from '../capture/sent-tracks.ts';
import { Icon } from '../shared/Icon.tsx';
import '../capture/facts.css';

interface LiveFactsProps {
  /** True while a lost connection keeps the broadcast from reaching viewers. */
  interrupted: boolean;
  encoding: readonly EncodingStats[];
  /**
   * The broadcast's viewers and upload rate; null until main reports them. `renditions` is null if the number
   * of viewers of each track is unknown.
   */
  broadcast:
    | (Pick<BroadcastState, 'viewers' | 'uploadBps'> & { renditions: BroadcastState['renditions'] | null })
    | null;
  /** The upload limit in bits per second; null means no limit. */
  uploadLimitBps: number | null;
  /** Why viewers get lower quality than the source provides; null if it is not reduced. */
  note: string | null;
  /** The label of the source, shown in the card. */
  source: string;
}

/** A card with the tracks being sent, their viewers, and the upload rate. */
export function LiveFacts({
  interrupted,
  encoding,
  broadcast,
  uploadLimitBps,
  note,
  source,
}: LiveFactsProps): JSX.Element {
  const headingId = useId();
  const tracks = sentTracks(encoding, broadcast === null ? [] : broadcast.renditions);
  return (
    <section className="card facts" aria-labelledby={headingId}>
      <h2 id={headingId}>Sending</h2>
      {interrupted ? (
        <p className="facts-idle">Your broadcast is interrupted, so nothing is being sent.</p>
      ) : tracks.length === 0 && !broadcast?.viewers ? (
        <p className="facts-idle">Nobody is watching yet, so nothing is being sent.</p>
      ) : (
        <div className="facts-body">
          <dl className="facts-list">
            <div>
              <dt>Source</dt>
              <dd>{source}</dd>
            </div>
            <div>
              <dt>Upload</dt>
              <dd data-testid="upload">{uploadText(broadcast?.uploadBps ?? 0, uploadLimitBps)}</dd>
            </div>
          </dl>
          <ul className="facts-sent" aria-label="Sent tracks" data-testid="sent">
            {tracks.map((track) => (
              <TrackItem key={track.name} track={track} />
            ))}
          </ul>
        </div>
      )}
      <SendingNote note={interrupted ? null : note} />
    </section>
  );
}

function TrackItem({ track }: { track: SentTrack }): JSX.Element {
  return (
    <li data-track={track.name}>
      <strong>{track.label}</strong>
      {track.viewers === null ? null : (
        <span className="facts-readers">
          <Icon icon={EyeIcon} size={15} />
          <span>
            {track.viewers}
            <span className="only-read"> {track.viewers === 1 ? 'viewer' : 'viewers'}</span>
          </span>
        </span>
      )}
      <span className="facts-numbers">{track.details}</span>
    </li>
  );
}
