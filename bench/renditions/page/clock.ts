/**
 * Returns a clock of fractional milliseconds since the epoch, which all processes share. `performance.timeOrigin`
 * differs between processes by more than a frame interval while the system adjusts its clock, but the ticks of the wall
 * clock do not differ.
 */
export function steadyEpoch(): () => number {
  const before = Date.now();
  let tick = Date.now();
  while (tick === before) tick = Date.now();
  const offsetMs = tick - performance.now();
  return () => offsetMs + performance.now();
}
