import type { Census, MemoryUse } from '../../tests/support/census.ts';
import { growthOf } from './growth.ts';

interface Column<T> {
  key: keyof T & string;
  title: string;
  /** Divisor that converts the census value to the printed unit. */
  divisor: number;
  /** The largest increase to ignore, in printed units. */
  slack: number;
}

const RESIDENT = { key: 'residentBytes', title: 'resident MB', divisor: 1e6, slack: 10 } as const;
const HANDLES = { key: 'fileDescriptors', title: 'handles', divisor: 1, slack: 4 } as const;

/** The figures of a process after a garbage collection. */
export const CENSUS: readonly Column<Census>[] = [
  RESIDENT,
  { key: 'liveBytes', title: 'live MB', divisor: 1e6, slack: 2 },
  HANDLES,
  // Each session has two timers, and up to six viewers are present.
  { key: 'timers', title: 'timers', divisor: 1, slack: 12 },
  { key: 'irohConnections', title: 'iroh connections', divisor: 1, slack: 2 },
  { key: 'sockets', title: 'sockets', divisor: 1, slack: 4 },
  { key: 'irohSendStreams', title: 'iroh send streams', divisor: 1, slack: 20 },
  { key: 'irohReceiveStreams', title: 'iroh receive streams', divisor: 1, slack: 20 },
  { key: 'readableStreams', title: 'readable streams', divisor: 1, slack: 40 },
  { key: 'writableStreams', title: 'writable streams', divisor: 1, slack: 40 },
  { key: 'listeners', title: 'listeners', divisor: 1, slack: 40 },
];

/** The figures of a process for which the bench forces no garbage collections. */
export const MEMORY: readonly Column<MemoryUse>[] = [
  RESIDENT,
  { key: 'heapBytes', title: 'heap MB', divisor: 1e6, slack: 10 },
  { key: 'heapUsedBytes', title: 'heap used MB', divisor: 1e6, slack: 10 },
  { key: 'externalBytes', title: 'external MB', divisor: 1e6, slack: 10 },
  HANDLES,
];

/** Prints one table and remembers its figures. */
export class Samples<T extends { [K in keyof T]: number }> {
  readonly #columns: readonly Column<T>[];
  /** The figures of each process since its last start. The keys are the names of the processes. */
  readonly #byName = new Map<string, { starts: number; rows: number[][] }>();

  constructor(columns: readonly Column<T>[]) {
    this.#columns = columns;
  }

  /** Returns the header lines of the Markdown table. */
  head(): string {
    const titles = ['minute', 'process', 'starts', ...this.#columns.map(({ title }) => title)];
    return `${row(titles)}\n${row(titles.map(() => '---'))}`;
  }

  /**
   * Adds a sample and returns its line of the table. The first sample after a restart of the process discards its earlier
   * samples.
   */
  add(minute: number, name: string, starts: number, sample: T): string {
    const figures = this.#columns.map(({ key, divisor }) => Math.round(sample[key] / divisor));
    const known = this.#byName.get(name);
    if (known?.starts === starts) known.rows.push(figures);
    else this.#byName.set(name, { starts, rows: [figures] });
    return row([minute, name, starts, ...figures].map(String));
  }

  /** Returns a line for each figure of a process that has grown without leveling off since the process started. */
  growth(name: string): string[] {
    const rows = this.#byName.get(name)?.rows ?? [];
    return this.#columns.flatMap(({ title, slack }, column) => {
      const figures = rows.map((figuresOfRow) => figuresOfRow[column] ?? 0);
      return growthOf(figures, slack) === 'grows' ? [`GROWS: ${name}: ${title}: ${figures.join(' ')}`] : [];
    });
  }
}

/**
 * Returns a line for each count of a process that has not returned to its value from before the viewers joined.
 * Excludes memory, which the process may keep for its next viewers.
 */
export function leftovers(name: string, before: Census, after: Census): string[] {
  return CENSUS.filter(({ divisor }) => divisor === 1).flatMap(({ key, title, slack }) =>
    after[key] - before[key] > slack ? [`LEFT: ${name}: ${title}: ${before[key]} → ${after[key]}`] : [],
  );
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}
