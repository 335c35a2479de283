import type { JSX } from 'react';
import { type PlotPoint, plotLine } from './plot.ts';
import './connection.css';

const WIDTH = 240;
const HEIGHT = 44;

interface PlotProps {
  label: string;
  /** Formats a value for the text next to the line and for screen readers. */
  format(value: number): string;
  lines: readonly { name: string; points: readonly PlotPoint[] }[];
  nowMs: number;
  spanMs: number;
}

/** A small line chart of the last minute, with the latest values as text. */
export function Plot({ label, format, lines, nowMs, spanMs }: PlotProps): JSX.Element {
  const values = lines.flatMap(({ points }) => points.map(({ value }) => value));
  const highest = Math.max(0, ...values);
  const words = lines.map(({ name, points }) => {
    const last = points.at(-1);
    return `${name ? `${name} ` : ''}${last ? format(last.value) : '–'}`;
  });
  return (
    <figure className="plot">
      <figcaption>
        <span>{label}</span>
        <span className="plot-now">{words.join(' · ')}</span>
      </figcaption>
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`${label} over the last minute: now ${words.join(', ')}; highest ${format(highest)}`}
      >
        <path className="plot-base" d={`M0 ${HEIGHT - 0.5}H${WIDTH}`} />
        {lines.map(({ name, points }, index) => (
          <path
            key={name}
            className={index === 0 ? 'plot-line' : 'plot-line plot-second'}
            d={plotLine(points, { width: WIDTH, height: HEIGHT, nowMs, spanMs, highest })}
          />
        ))}
      </svg>
    </figure>
  );
}
