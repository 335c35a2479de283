/** How often it is looked, in milliseconds: a frame's interval and a half. */
const LOOK_MS = 50;
/** Beyond this the window slept or was hidden, in milliseconds: that is not being busy. */
const ASLEEP_MS = 5_000;

/** Tells how late the window's own timers come: as late is all that it does. Not while it is hidden, where timers rest. */
export function watchLoopLag(tell: (lagMs: number, nowMs: number) => void): () => void {
  let lastMs = performance.now();
  let wasHidden = document.hidden;
  const timer = setInterval(() => {
    const nowMs = performance.now();
    const lagMs = Math.max(0, nowMs - lastMs - LOOK_MS);
    if (!document.hidden && !wasHidden && lagMs < ASLEEP_MS) tell(lagMs, nowMs);
    lastMs = nowMs;
    wasHidden = document.hidden;
  }, LOOK_MS);
  return () => clearInterval(timer);
}
