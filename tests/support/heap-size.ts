import { LoadMeter } from './load-meter.ts';
import type { Program } from './processes.ts';

export { INSPECTOR_ENV } from './load-meter.ts';

/**
 * Measures a process's heap and external memory after garbage collection, in bytes.
 * @param program started with `INSPECTOR_ENV`
 * @param startOutput the start of its stderr, which contains the inspector's URL
 * @throws Error if the process has no inspector
 */
export async function heapBytes(program: Program, startOutput: string): Promise<number> {
  const meter = await LoadMeter.open(program, startOutput);
  try {
    return await meter.liveBytes();
  } finally {
    meter.close();
  }
}
