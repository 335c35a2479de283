import type { BridgeLoss, PullState } from '../../../common/bridge/bridge.ts';
import { pullFailureText, type TitledText } from '../../../common/words/pull-failure-text.ts';
import type { PlayerState } from '../../media/shared/player-types.ts';
import { watchTexts } from './watch-words.ts';

/** The phases of watching that the user can distinguish. */
export type WatchPhase = 'connecting' | 'waiting' | 'live' | 'ended' | 'failed' | 'disconnected';

/** What the Watch screen shows. */
export interface WatchView extends TitledText {
  phase: WatchPhase;
  /** Whether the canvas shows live video, the last frame behind an overlay, or nothing. */
  video: 'moving' | 'last' | 'none';
  /** The overlay on top of the video; null if there is none. */
  overlay: 'message' | 'video-off' | 'audio-only' | null;
  /** The action that the overlay's button performs. */
  action: 'retry' | 'back' | null;
  /** Time until the next connection attempt, in milliseconds; null if none is scheduled. */
  retryInMs: number | null;
  /** A short text about missing audio, shown while the broadcast is live; null if audio plays. */
  soundNote: string | null;
}

/** The inputs of the Watch view. */
export interface WatchViewInput {
  /** Whether the bridge to main is connected. */
  connected: boolean;
  /** Why the bridge is down; null if unknown. */
  loss?: BridgeLoss | null;
  /** The pull's state as main reports it; null before the pull starts. */
  pull: PullState | null;
  player: PlayerState | null;
  /** The name that the user gave the broadcast. */
  name: string;
  /** Whether a frame has been shown since the screen opened. */
  everPlayed: boolean;
  /** The wall clock, in milliseconds since the epoch. */
  nowMs: number;
}

/** A message on top of the last frame, or on an empty stage before the first frame. */
export function messageView(phase: WatchPhase, text: TitledText, everPlayed: boolean): WatchView {
  const { title, body } = text;
  const video = everPlayed ? 'last' : 'none';
  return { phase, title, body, video, overlay: 'message', action: null, retryInMs: null, soundNote: null };
}

/**
 * Decides what the Watch screen shows. While the player is playing, only a failed pull or a lost connection
 * to main overrides the live view. Otherwise, the pull's state takes priority over the player's.
 */
export function watchView(input: WatchViewInput): WatchView {
  const { connected, pull, player, name, everPlayed } = input;
  const message = (phase: WatchPhase, text: TitledText): WatchView => messageView(phase, text, everPlayed);
  if (!connected) return message('disconnected', watchTexts.disconnected(input.loss ?? null));
  if (pull?.state === 'failed') return failedView(pull, input);
  if (player && isPlaying(player)) return liveView(player, name);
  if (pull?.state === 'ended') return message('ended', watchTexts.ended(name));
  if (pull?.state === 'waiting') return message('waiting', watchTexts.waiting(name));
  if (player?.problem) {
    return { ...message('failed', watchTexts.unplayable(player.problem)), action: 'retry' };
  }
  if (pull?.state === 'live') return message('connecting', watchTexts.starting);
  return message('connecting', everPlayed ? watchTexts.reconnecting : watchTexts.connecting);
}

/** Without video, no frame is ever shown, so the broadcast counts as playing even in the `loading` phase. */
function isPlaying(player: PlayerState): boolean {
  if (player.phase === 'playing') return true;
  return player.phase === 'loading' && ((player.hasAudio && !player.hasVideo) || player.videoOff);
}

function liveView(player: PlayerState, name: string): WatchView {
  const { hasVideo, hasAudio, videoOff, audioOnly, audioProblem } = player;
  const soundNote = hasAudio ? audioProblem : watchTexts.soundOff;
  const live = { phase: 'live', action: null, retryInMs: null, soundNote } as const;
  if (videoOff && !(audioOnly && hasAudio)) {
    return { ...live, video: 'none', overlay: 'video-off', ...watchTexts.videoOff(hasAudio) };
  }
  if (!hasVideo && hasAudio) {
    return { ...live, video: 'none', overlay: 'audio-only', ...watchTexts.audioOnly(name) };
  }
  return { ...live, video: 'moving', overlay: null, ...watchTexts.live(name) };
}

function failedView(pull: PullState, { everPlayed, nowMs }: WatchViewInput): WatchView {
  // Main reports a reason for every failure. The type allows null because other states have no reason.
  const text = pullFailureText(pull.failure ?? 'lost');
  return {
    ...messageView('failed', text, everPlayed),
    // A retry cannot fix an invalid ticket.
    action: pull.failure === 'invalid' ? 'back' : 'retry',
    retryInMs: pull.retryAtMs === null ? null : Math.max(0, pull.retryAtMs - nowMs),
  };
}
