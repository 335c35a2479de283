import type { Figures } from './figures.ts';
import type { Measurement } from './record.ts';

const COLUMNS = [
  'network',
  'system',
  'join',
  'delay median',
  '95 %',
  'longest freeze (source)',
  'frames/s',
  'Mbit/s',
  'renditions',
  'switches',
  'settled after',
  'sound gaps',
  'processor a, b',
];

/** Returns the header lines of the Markdown table. */
export function tableHead(): string {
  return `${row(COLUMNS)}\n${row(COLUMNS.map(() => '---'))}`;
}

/** Returns the table row for one system on one network. */
export function markdownRow(
  title: string,
  system: string,
  figures: Figures,
  { downBps, processor }: Pick<Measurement, 'downBps' | 'processor'>,
): string {
  const { settle, shares, audioGaps, audioMissingMs } = figures;
  return row([
    title,
    system === 'app' ? 'this' : 'WebRTC',
    ms(figures.joinMs),
    ms(figures.delayMedianMs),
    ms(figures.delayP95Ms),
    `${ms(figures.longestFreezeMs)} (${ms(figures.sourceGapMs)})`,
    figures.framesPerSecond.toFixed(1),
    (downBps / 1e6).toFixed(2),
    Object.entries(shares)
      .map(([name, share]) => `${name} ${percent(share)}`)
      .join(', ') || 'none',
    `${figures.switches}${figures.backwards > 0 ? `, ${figures.backwards} back in time` : ''}`,
    settle.map(({ step, afterMs }) => `${step}: ${afterMs === null ? 'never' : ms(afterMs)}`).join('; '),
    audioGaps === 0 ? 'none' : `${audioGaps}, ${ms(audioMissingMs)}`,
    `${percent(processor.a)}, ${percent(processor.b)}`,
  ]);
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

function ms(value: number | null): string {
  return value === null ? 'none' : `${Math.round(value)} ms`;
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
