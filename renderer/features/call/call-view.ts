import type { CallRecord, CallState } from '../../../common/bridge/bridge.ts';
import { type BridgeLoss, CALL_NAME } from '../../../common/bridge/bridge.ts';
import { formatTicket, TicketError } from '../../../common/ticket/ticket.ts';
import { callerIdentity } from '../../../common/words/caller-identity.ts';
import type { TitledText } from '../../../common/words/pull-failure-text.ts';
import type { PlayerState } from '../../media/shared/player-types.ts';
import type { SendPreferences } from './call-sender.ts';
import { callTexts } from './call-words.ts';

/** Pure functions that decide which calls the window shows, and how. */

/** The calls to show. */
export interface CallScene {
  /** The call on the Call screen: ongoing, being dialed, or the last one to end; null if there is none. */
  shown: CallState | null;
  /** An incoming call that has not been answered yet; null if there is none. */
  incoming: CallState | null;
}

/** Selects the calls to show from main's list. */
export function callScene(calls: readonly CallState[]): CallScene {
  const incoming = calls.find((call) => call.direction === 'in' && call.state === 'ringing') ?? null;
  const shown =
    calls.find(isOngoing) ??
    calls.find((call) => call.direction === 'out' && isRinging(call)) ??
    calls.find((call) => call.state === 'ended' && hasEndScreen(call)) ??
    null;
  return { shown, incoming };
}

/** Whether the call was answered and has not ended, including while it reconnects. */
export function isOngoing(call: CallState): boolean {
  return call.state === 'active' || call.state === 'reconnecting';
}

function isRinging(call: CallState): boolean {
  return call.state === 'dialing' || call.state === 'ringing';
}

/**
 * Preferences for a call that this window takes over from another window; null if no window has sent media
 * yet. Screen sharing is off until the user chooses a screen again.
 */
export function preferencesFrom({ own }: CallState): SendPreferences | null {
  return own ? { video: !(own.pictureOff || own.sharing), muted: own.muted, sharing: false } : null;
}

/** Whether the Call screen shows how the call ended. A missed call shows only a toast. */
export function hasEndScreen(call: CallState): boolean {
  return call.direction === 'out' || call.activeAtMs !== null;
}

/** The ringtone to play; null for silence. Nothing rings during an ongoing call. */
export function ringtoneFor({ shown, incoming }: CallScene): 'in' | 'out' | null {
  if (shown && isOngoing(shown)) return null;
  if (incoming) return 'in';
  return shown?.state === 'ringing' ? 'out' : null;
}

/**
 * A ticket for calling this peer again: `preferred`, or the newest one in the history, or one with only the
 * endpoint id. Null if the id is malformed.
 */
export function ticketFor(
  peer: string,
  preferred: string | null,
  history: readonly CallRecord[],
): string | null {
  const known = preferred ?? history.find((record) => record.peer === peer && record.ticket !== null)?.ticket;
  if (known) return known;
  try {
    return formatTicket({ endpointId: peer, relayUrls: [], ipAddrs: [], broadcastName: CALL_NAME });
  } catch (error) {
    if (error instanceof TicketError) return null;
    throw error;
  }
}

/** The inputs of the call view. */
export interface CallViewInput {
  call: CallState;
  /** Whether the bridge to main is connected. */
  connected: boolean;
  /** Why the bridge is down; null if unknown. */
  loss?: BridgeLoss | null;
  /** Whether this window has released its camera and microphone because the bridge is down. */
  released?: boolean;
  player: PlayerState | null;
  /** Whether a frame has been shown in this call. */
  everPlayed: boolean;
  /** Whether the user's microphone is muted. */
  muted?: boolean;
  /** Whether another window owns the call. */
  inOtherWindow?: boolean;
}

/** The remote video and the overlay on top of it. */
export interface CallView extends TitledText {
  /** Whether the canvas shows live video, the last frame, or nothing. */
  video: 'moving' | 'last' | 'none';
  overlay: 'wait' | 'camera-off' | 'lost' | 'ended' | 'other-window' | null;
}

/** Decides what the Call screen shows. */
export function callView(input: CallViewInput): CallView {
  const { call, connected, player, everPlayed, inOtherWindow } = input;
  const who = callerIdentity(call);
  const still = everPlayed ? 'last' : 'none';
  // Main's last call state is outdated while the bridge is down.
  if (!connected && call.state !== 'ended') {
    const words = callTexts.disconnected(input.loss ?? null, input.released ?? false);
    return { video: still, overlay: 'lost', ...words };
  }
  if (inOtherWindow && isOngoing(call)) {
    return { video: 'none', overlay: 'other-window', ...callTexts.inOtherWindow(who) };
  }
  switch (call.state) {
    case 'dialing':
      return { video: 'none', overlay: 'wait', ...callTexts.dialing(who) };
    case 'ringing':
      return {
        ...{ video: 'none', overlay: 'wait' },
        ...(call.remote?.away ? callTexts.unnoticed(who) : callTexts.ringing(who)),
      };
    case 'ended':
      return { video: still, overlay: 'ended', ...callTexts.ended(call.message) };
    case 'reconnecting':
      return { video: still, overlay: 'lost', ...callTexts.reconnecting };
    case 'active':
      break;
  }
  if (call.remote?.away) return { video: 'none', overlay: 'camera-off', ...callTexts.away(who) };
  if (call.remote?.pictureOff || player?.videoOff === true) {
    const words = callTexts.cameraOff(who, call.remote?.muted ?? false, input.muted ?? false);
    return { video: 'none', overlay: 'camera-off', ...words };
  }
  if (player?.phase === 'playing' && player.hasVideo) {
    return { video: 'moving', overlay: null, ...callTexts.active(who) };
  }
  if (player?.problem) {
    return { video: 'none', overlay: 'camera-off', ...callTexts.unplayable(player.problem) };
  }
  return { video: still, overlay: 'wait', ...callTexts.starting(who) };
}
