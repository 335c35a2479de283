/**
 * Returns a clock that all processes share, in fractional milliseconds since the epoch.
 * `performance.timeOrigin` is not accurate enough: it differs between processes by more than a frame interval
 * while the system adjusts its clock.
 */
export function steadyEpoch(): () => number {
  const before = Date.now();
  let tick = Date.now();
  while (tick === before) tick = Date.now();
  const offsetMs = tick - performance.now();
  return () => offsetMs + performance.now();
}
