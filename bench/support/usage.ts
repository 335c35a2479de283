import { readFile } from 'node:fs/promises';

/** Number of clock ticks per second. Linux reports CPU times in /proc in clock ticks. */
const TICKS_PER_S = 100;
const PAGE_BYTES = 4096;

/** Resources that a process uses. */
export interface Usage {
  /** CPU time of all threads since the process started, in milliseconds. */
  readonly cpuMs: number;
  /** Resident memory, in bytes. */
  readonly residentBytes: number;
}

/**
 * Reads the resources that a process uses from Linux's /proc.
 *
 * @throws Error if no process has this id
 */
export async function readUsage(pid: number | undefined): Promise<Usage> {
  const [stat, statm] = await Promise.all([
    readFile(`/proc/${pid}/stat`, 'utf8'),
    readFile(`/proc/${pid}/statm`, 'utf8'),
  ]);
  // The second field is the program's name in parentheses, which may contain spaces.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return {
    cpuMs: ((Number(fields[11]) + Number(fields[12])) * 1_000) / TICKS_PER_S,
    residentBytes: Number(statm.split(' ')[1]) * PAGE_BYTES,
  };
}
