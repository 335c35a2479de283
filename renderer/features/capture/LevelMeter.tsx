import { type JSX, useEffect, useRef } from 'react';
import type { Readable } from '../../../common/base/store.ts';
import './level-meter.css';

/**
 * An audio level as a bar. The level changes 20 times a second, so the component updates the element
 * directly, without a React render.
 */
export function LevelMeter({ level, label }: { level: Readable<number>; label: string }): JSX.Element {
  const meter = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const show = (value: number): void => {
      const element = meter.current;
      if (!element) return;
      // Perceived loudness is not linear, so the square root makes quiet speech visible.
      const shown = Math.sqrt(Math.min(1, Math.max(0, value)));
      element.style.setProperty('--level', shown.toFixed(3));
      element.setAttribute('aria-valuenow', String(Math.round(shown * 100)));
    };
    show(level.get());
    return level.subscribe(show);
  }, [level]);
  return (
    // biome-ignore lint/a11y/useSemanticElements: <meter> looks different on each system.
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
