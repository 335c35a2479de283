import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';

/**
 * Clock ticks per second in the CPU times that Linux reports (USER_HZ). This value does not depend on the
 * kernel's own tick rate.
 */
const TICKS_PER_SECOND = 100;
/** Indexes of `utime` and `stime` in /proc/PID/stat, counted from the field after the name (proc(5)). */
const UTIME = 11;
const STIME = 12;

/** Returns the CPU time that each process in a network namespace has used, in seconds, by process id. */
export async function processorTimes(namespace: string): Promise<Map<string, number>> {
  const { stdout } = await promisify(execFile)('ip', ['netns', 'pids', namespace]);
  const times = new Map<string, number>();
  for (const pid of stdout.split('\n').filter(Boolean)) {
    const seconds = timeOf(pid);
    if (seconds !== null) times.set(pid, seconds);
  }
  return times;
}

/**
 * Returns the CPU time used between two samples, in seconds. For a new process, this is all of its CPU time.
 */
export function spentSeconds(
  before: ReadonlyMap<string, number>,
  after: ReadonlyMap<string, number>,
): number {
  return [...after].reduce((sum, [pid, seconds]) => sum + seconds - (before.get(pid) ?? 0), 0);
}

/** Returns the CPU time that a process has used, in seconds; null if the process has ended. */
export function timeOf(pid: string): number | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[UTIME]) + Number(fields[STIME])) / TICKS_PER_SECOND;
  } catch {
    return null;
  }
}
