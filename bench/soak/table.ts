import type { Census } from '../../tests/support/census.ts';

interface Column {
  key: keyof Census;
  title: string;
  /** Divisor that converts the census value to the printed unit. */
  divisor: number;
  /** An increase that is ignored, in printed units. */
  slack: number;
}

/** The figures that the bench prints for each process. */
export const COLUMNS: readonly Column[] = [
  { key: 'residentBytes', title: 'resident MB', divisor: 1e6, slack: 10 },
  { key: 'liveBytes', title: 'live MB', divisor: 1e6, slack: 2 },
  { key: 'fileDescriptors', title: 'handles', divisor: 1, slack: 4 },
  { key: 'timers', title: 'timers', divisor: 1, slack: 5 },
  { key: 'irohConnections', title: 'iroh connections', divisor: 1, slack: 2 },
  { key: 'sockets', title: 'sockets', divisor: 1, slack: 4 },
  { key: 'irohSendStreams', title: 'iroh send streams', divisor: 1, slack: 20 },
  { key: 'irohReceiveStreams', title: 'iroh receive streams', divisor: 1, slack: 20 },
  { key: 'readableStreams', title: 'readable streams', divisor: 1, slack: 40 },
  { key: 'writableStreams', title: 'writable streams', divisor: 1, slack: 40 },
  { key: 'listeners', title: 'listeners', divisor: 1, slack: 40 },
];

/** The printed figures of each process over time. */
export class Samples {
  /** The figures of each process since its last start. The keys are the names of the processes. */
  readonly #byName = new Map<string, { starts: number; figures: Census[] }>();

  /** Adds a sample. The first sample after a restart of the process discards its earlier samples. */
  add(name: string, starts: number, census: Census): void {
    const known = this.#byName.get(name);
    if (known?.starts === starts) known.figures.push(census);
    else this.#byName.set(name, { starts, figures: [census] });
  }

  /** One figure of a process since its last start, in printed units. */
  of(name: string, key: keyof Census): number[] {
    const divisor = COLUMNS.find((column) => column.key === key)?.divisor ?? 1;
    return (this.#byName.get(name)?.figures ?? []).map((census) => Math.round(census[key] / divisor));
  }
}

/** Returns the header lines of the Markdown table. */
export function tableHead(): string {
  const titles = ['minute', 'process', 'starts', ...COLUMNS.map(({ title }) => title)];
  return `${row(titles)}\n${row(titles.map(() => '---'))}`;
}

/** Returns the line of one process. */
export function tableRow(minute: number, name: string, starts: number, census: Census): string {
  const figures = COLUMNS.map(({ key, divisor }) => String(Math.round(census[key] / divisor)));
  return row([String(minute), name, String(starts), ...figures]);
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}
