import { useEffect, useState } from 'react';
import type { Readable } from '../../../common/base/store.ts';
import type { Settings } from '../../../common/bridge/bridge.ts';
import type { Player, PlayerState } from '../../media/shared/player-types.ts';
import { useApp, useSettings } from '../shared/context.ts';
import { useReadable } from '../shared/readable.ts';

/** The settings that affect a player. */
export type PlaybackSettings = Pick<Settings, 'volume' | 'muted' | 'latency'>;

/**
 * The app's playback settings. A delay from the command line overrides the saved delay until the user changes
 * it.
 */
export function usePlaybackSettings(): PlaybackSettings {
  const { volume, muted, latency } = useSettings();
  const latencyOverride = useReadable(useApp().latencyOverride);
  return { volume, muted, latency: latencyOverride ?? latency };
}

/**
 * Opens a player for a path on main's Origin, and closes it on unmount or when the path changes. Null if
 * `path` is null or the player is not open yet.
 */
export function usePlayer(path: string | null, playback: PlaybackSettings): Player | null {
  const app = useApp();
  const [player, setPlayer] = useState<Player | null>(null);
  useEffect(() => {
    if (path === null) return;
    const opened = app.media.createPlayer(path);
    // The rendition from the command line, which the user can override.
    opened.setPreferredRendition(app.info.rendition);
    setPlayer(opened);
    return () => {
      setPlayer(null);
      app.attempt(opened.close(), 'Could not close the player');
    };
  }, [app, path]);
  const latencyOverride = useReadable(app.latencyOverride);
  useApplyPlayback(player, { ...playback, latency: latencyOverride ?? playback.latency });
  return player;
}

/** Applies the playback settings to a player now and after each change. */
export function useApplyPlayback(player: Player | null, { volume, muted, latency }: PlaybackSettings): void {
  useEffect(() => player?.setVolume(volume), [player, volume]);
  useEffect(() => player?.setMuted(muted), [player, muted]);
  useEffect(() => player?.setLatency(latency), [player, latency]);
}

/** The state shown while there is no player. */
const noState: Readable<PlayerState | null> = { get: () => null, subscribe: () => () => undefined };

/** The state of a player; null without a player. */
export function usePlayerState(player: Player | null): PlayerState | null {
  return useReadable<PlayerState | null>(player ? (player.state as Readable<PlayerState | null>) : noState);
}
