import { type JSX, useEffect, useRef } from 'react';
import type { Readable } from '../../../common/base/store.ts';
import './level-meter.css';

/** How loud it is, as a bar. Levels come 20 times a second, so they go to the element without a render. */
export function LevelMeter({ level, label }: { level: Readable<number>; label: string }): JSX.Element {
  const meter = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const show = (value: number): void => {
      const element = meter.current;
      if (!element) return;
      // Loudness is heard on a curve; the square root shows quiet speech too.
      const shown = Math.sqrt(Math.min(1, Math.max(0, value)));
      element.style.setProperty('--level', shown.toFixed(3));
      element.setAttribute('aria-valuenow', String(Math.round(shown * 100)));
    };
    show(level.get());
    return level.subscribe(show);
  }, [level]);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a <meter> cannot be drawn alike on every system.
    <div
      ref={meter}
      className="level"
      role="meter"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={0}
    >
      <div className="level-bar" />
    </div>
  );
}
