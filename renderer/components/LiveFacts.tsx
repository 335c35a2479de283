import { type JSX, useId } from 'react';
import type { EncodingStats } from '../media/types.ts';
import { codecName, formatBps } from '../state/format.ts';
import './facts.css';

interface LiveFactsProps {
  encoding: readonly EncodingStats[];
  uploadBps: number;
  viewers: number;
  /** What is shown, in words. */
  source: string;
}

/** What is being sent now, in numbers. */
export function LiveFacts({ encoding, uploadBps, viewers, source }: LiveFactsProps): JSX.Element {
  const headingId = useId();
  return (
    <section className="card facts" aria-labelledby={headingId}>
      <h2 id={headingId}>Sending</h2>
      {encoding.length === 0 && viewers === 0 ? (
        <p className="facts-idle">Nobody is watching yet, so nothing is being sent.</p>
      ) : (
        <dl className="facts-list">
          <div>
            <dt>Upload</dt>
            <dd>{formatBps(uploadBps)}</dd>
          </div>
          <div>
            <dt>Showing</dt>
            <dd>{source}</dd>
          </div>
          {encoding.map((stats) => (
            <div key={`${stats.codec}-${stats.width}x${stats.height}`}>
              <dt>Picture</dt>
              <dd>
                {stats.width}×{stats.height}, {Math.round(stats.framesPerSecond)} fps,{' '}
                {codecName(stats.codec)}, {formatBps(stats.bps)}
              </dd>
            </div>
          ))}
        </dl>
      )}
    </section>
  );
}
