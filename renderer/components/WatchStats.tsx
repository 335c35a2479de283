import type { JSX } from 'react';
import type { PlayerState } from '../media/types.ts';
import { codecName, formatBps } from '../state/format.ts';
import './facts.css';

/** Picture and network in numbers. */
export function WatchStats({
  state,
  downloadBps,
}: {
  state: PlayerState | null;
  downloadBps: number;
}): JSX.Element {
  const rows: readonly (readonly [string, string])[] = [
    ['Picture', state?.width ? `${state.width}×${state.height}` : '–'],
    ['Frames', state?.hasVideo ? `${Math.round(state.framesPerSecond)} per second` : '–'],
    ['Format', state?.codec ? codecName(state.codec) : '–'],
    ['Quality', state?.rendition?.replace(/^video\//, '') ?? '–'],
    ['Download', formatBps(downloadBps)],
    ['Buffer', state ? `${Math.round(state.bufferMs)} ms` : '–'],
    ['Picture to sound', state?.skewMs == null ? '–' : skew(state.skewMs)],
  ];
  return (
    <section className="stats" aria-label="Details of picture and network" data-testid="stats">
      <dl>
        {rows.map(([what, value]) => (
          <div key={what}>
            <dt>{what}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function skew(skewMs: number): string {
  const rounded = Math.round(skewMs);
  if (rounded === 0) return 'in step';
  return rounded > 0 ? `${rounded} ms ahead` : `${-rounded} ms behind`;
}
