import { useEffect, useState } from 'react';
import type { Readable } from '../../common/store.ts';
import type { Player, PlayerState } from '../media/types.ts';
import { useApp, useSettings } from './context.ts';
import { useReadable } from './readable.ts';

/** A player for the ticket, for as long as the view stands; null before it is there. It follows the settings. */
export function usePlayer(ticket: string): Player | null {
  const app = useApp();
  const { volume, muted, latency } = useSettings();
  const [player, setPlayer] = useState<Player | null>(null);
  useEffect(() => {
    const opened = app.media.player(ticket);
    setPlayer(opened);
    return () => {
      setPlayer(null);
      app.attempt(opened.close(), 'The player did not close');
    };
  }, [app, ticket]);
  useEffect(() => player?.setVolume(volume), [player, volume]);
  useEffect(() => player?.setMuted(muted), [player, muted]);
  useEffect(() => player?.setLatency(latency), [player, latency]);
  return player;
}

/** A store of nothing, for the time before there is a player. */
const noState: Readable<PlayerState | null> = { get: () => null, subscribe: () => () => undefined };

export function usePlayerState(player: Player | null): PlayerState | null {
  return useReadable<PlayerState | null>(player ? (player.state as Readable<PlayerState | null>) : noState);
}
