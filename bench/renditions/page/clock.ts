/**
 * Milliseconds since the epoch with fractions. `performance.timeOrigin` differs between processes by more than a frame
 * where the clock is being set; the wall clock's own ticks do not.
 */
export function steadyEpoch(): () => number {
  const before = Date.now();
  let tick = Date.now();
  while (tick === before) tick = Date.now();
  const offsetMs = tick - performance.now();
  return () => offsetMs + performance.now();
}
