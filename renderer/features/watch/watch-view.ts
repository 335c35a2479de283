import type { BridgeLoss, PullState } from '../../../common/bridge/bridge.ts';
import { pullFailureTexts } from '../../../common/words/pull-words.ts';
import type { PlayerState } from '../../media/shared/types.ts';
import { watchTexts } from './watch-words.ts';

/** What the Watch screen shows, as one of the states that a person can tell apart. */
export type WatchPhase = 'connecting' | 'waiting' | 'live' | 'ended' | 'failed' | 'disconnected';

export interface WatchView {
  phase: WatchPhase;
  title: string;
  body: string;
  /** Whether the canvas holds a picture worth showing: the moving one, or the last one behind an overlay. */
  picture: 'moving' | 'last' | 'none';
  /** What stands over the picture; `null` leaves it alone. */
  overlay: 'state' | 'picture-off' | 'sound-only' | null;
  /** The next step offered, besides leaving. */
  step: 'retry' | 'back' | null;
  /** Milliseconds until the next attempt, or null when none is planned. */
  retryInMs: number | null;
}

export interface WatchFacts {
  /** Whether the window reaches the app's background part. */
  connected: boolean;
  /** Why it does not, where that is known. */
  loss?: BridgeLoss | null;
  /** What main says of the ticket; null before it has begun. */
  pull: PullState | null;
  player: PlayerState | null;
  /** What the person calls the broadcast. */
  name: string;
  /** Whether a picture was shown since the screen opened. */
  everPlayed: boolean;
  nowMs: number;
}

/**
 * Decides what the Watch screen shows. Moving pictures win over anything main says of the connection, because they
 * are what the person sees; without them main's word comes first, then the player's.
 */
export function watchView(facts: WatchFacts): WatchView {
  const { connected, pull, player, everPlayed } = facts;
  const still = {
    picture: everPlayed ? 'last' : 'none',
    overlay: 'state',
    step: null,
    retryInMs: null,
  } as const;
  if (!connected) return { ...still, phase: 'disconnected', ...watchTexts.disconnected(facts.loss ?? null) };
  if (player && shows(player) && pull?.state !== 'failed') return liveView(player, facts.name);
  if (pull?.state === 'failed') return failedView(pull, facts);
  if (pull?.state === 'ended') return { ...still, phase: 'ended', ...watchTexts.ended(facts.name) };
  if (pull?.state === 'waiting') return { ...still, phase: 'waiting', ...watchTexts.waiting };
  if (player?.problem) {
    return { ...still, phase: 'failed', ...watchTexts.unplayable(player.problem), step: 'retry' };
  }
  if (pull?.state === 'live') return { ...still, phase: 'connecting', ...watchTexts.starting };
  return { ...still, phase: 'connecting', ...watchTexts.connecting };
}

/** A broadcast without pictures never shows a frame: being there with sound is playing for it. */
function shows(player: PlayerState): boolean {
  if (player.phase === 'playing') return true;
  return player.phase === 'loading' && ((player.hasAudio && !player.hasVideo) || player.videoOff);
}

function liveView(player: PlayerState, name: string): WatchView {
  const live = { phase: 'live', step: null, retryInMs: null } as const;
  if (player.videoOff) {
    return { ...live, picture: 'none', overlay: 'picture-off', ...watchTexts.pictureOff };
  }
  if (!player.hasVideo && player.hasAudio) {
    return { ...live, picture: 'none', overlay: 'sound-only', ...watchTexts.soundOnly(name) };
  }
  return { ...live, picture: 'moving', overlay: null, ...watchTexts.live(name) };
}

function failedView(pull: PullState, facts: WatchFacts): WatchView {
  // Main gives a reason with every failure; it is null in the other states.
  const words = pullFailureTexts(pull.failure ?? 'lost');
  // A ticket that leads nowhere stays so: trying again cannot help.
  const hopeless = pull.failure === 'invalid';
  return {
    phase: 'failed',
    ...words,
    picture: facts.everPlayed ? 'last' : 'none',
    overlay: 'state',
    step: hopeless ? 'back' : 'retry',
    retryInMs: pull.retryAtMs === null ? null : Math.max(0, pull.retryAtMs - facts.nowMs),
  };
}
