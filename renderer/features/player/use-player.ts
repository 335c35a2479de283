import { useEffect, useState } from 'react';
import type { Readable } from '../../../common/base/store.ts';
import type { Player, PlayerState } from '../../media/shared/types.ts';
import { useApp, useSettings } from '../shared/context.ts';
import { useReadable } from '../shared/readable.ts';

/** How a player plays. */
export interface Playing {
  volume: number;
  muted: boolean;
  latency: 'real-time' | number;
}

/** A player for a ticket, for as long as the view stands; null before it is there. It follows the settings. */
export function usePlayer(ticket: string): Player | null {
  const { volume, muted, latency } = useSettings();
  return usePathPlayer(ticket, { volume, muted, latency });
}

/** A player for a path of the Origin while there is one. */
export function usePathPlayer(path: string | null, { volume, muted, latency }: Playing): Player | null {
  const app = useApp();
  const [player, setPlayer] = useState<Player | null>(null);
  useEffect(() => {
    if (path === null) return;
    const opened = app.media.createPlayer(path);
    // What the command line wishes comes first; a person may still choose another rendition.
    opened.setPreferredRendition(app.info.rendition);
    setPlayer(opened);
    return () => {
      setPlayer(null);
      app.attempt(opened.close(), 'The player did not close');
    };
  }, [app, path]);
  useEffect(() => player?.setVolume(volume), [player, volume]);
  useEffect(() => player?.setMuted(muted), [player, muted]);
  const wanted = useReadable(app.latencyOverride) ?? latency;
  useEffect(() => player?.setLatency(wanted), [player, wanted]);
  return player;
}

/** A store of nothing, for the time before there is a player. */
const noState: Readable<PlayerState | null> = { get: () => null, subscribe: () => () => undefined };

export function usePlayerState(player: Player | null): PlayerState | null {
  return useReadable<PlayerState | null>(player ? (player.state as Readable<PlayerState | null>) : noState);
}
