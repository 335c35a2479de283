import { type JSX, useEffect, useRef } from 'react';
import type { Player } from '../../media/shared/player-types.ts';

/**
 * Exposes the audio level as an attribute, for tests and scripts. The level changes too often for React to
 * render it.
 */
export function PlayerLevel({
  player,
  testId = 'watch-level',
}: {
  player: Player | null;
  testId?: string;
}): JSX.Element {
  const mark = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    const show = (level: number): void => mark.current?.setAttribute('data-level', level.toFixed(3));
    show(player?.level.get() ?? 0);
    return player?.level.subscribe(show);
  }, [player]);
  return <span ref={mark} hidden data-testid={testId} data-level="0" />;
}
