/**
 * Returns a clock in fractional milliseconds since the epoch that all processes share. While the system
 * adjusts its clock, `performance.timeOrigin` differs between processes by more than a frame interval, but
 * the wall clock does not.
 */
export function steadyEpoch(): () => number {
  const before = Date.now();
  let tick = Date.now();
  while (tick === before) tick = Date.now();
  const offsetMs = tick - performance.now();
  return () => offsetMs + performance.now();
}
