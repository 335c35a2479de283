import type { CallRecord, CallState } from '../../../common/bridge/bridge.ts';
import { type BridgeLoss, CALL_NAME } from '../../../common/bridge/bridge.ts';
import { formatTicket, TicketError } from '../../../common/ticket/ticket.ts';
import { callerIdentity } from '../../../common/words/caller-identity.ts';
import type { Words } from '../../../common/words/pull-words.ts';
import type { PlayerState } from '../../media/shared/types.ts';
import { callWords } from './call-words.ts';

/** What the window shows of calls, decided without any window. */

export interface CallScene {
  /** The call that the call screen is about: one that goes on, one that is being dialled, or the last one's end. */
  shown: CallState | null;
  /** Somebody who calls here and was not answered yet. */
  incoming: CallState | null;
}

export function callScene(calls: readonly CallState[]): CallScene {
  const incoming = calls.find((call) => call.direction === 'in' && call.state === 'ringing') ?? null;
  const shown =
    calls.find(isUp) ??
    calls.find((call) => call.direction === 'out' && isRinging(call)) ??
    calls.find((call) => call.state === 'ended' && concernsScreen(call)) ??
    null;
  return { shown, incoming };
}

/** Whether pictures and sound flow, or would if the network let them. */
export function isUp(call: CallState): boolean {
  return call.state === 'active' || call.state === 'reconnecting';
}

function isRinging(call: CallState): boolean {
  return call.state === 'dialing' || call.state === 'ringing';
}

/** What to show in a call that this window takes over: what was shown there last, and no screen without a new choice. */
export function wishesOf({ own }: CallState): { picture: boolean; muted: boolean; sharing: boolean } | null {
  return own ? { picture: !(own.pictureOff || own.sharing), muted: own.muted, sharing: false } : null;
}

/** The end of a call that was never answered here is told in passing; of the others one wants to know. */
export function concernsScreen(call: CallState): boolean {
  return call.direction === 'out' || call.activeAtMs !== null;
}

/** How to ring, if at all: never into a call that goes on. */
export function ringFor({ shown, incoming }: CallScene): 'in' | 'out' | null {
  if (shown && isUp(shown)) return null;
  if (incoming) return 'in';
  return shown?.state === 'ringing' ? 'out' : null;
}

/** How to call this peer again: by the ticket it was called with last, else by its id alone. */
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

export interface CallFacts {
  call: CallState;
  /** Whether the window reaches the app's background part. */
  connected: boolean;
  /** Why it does not, where that is known. */
  loss?: BridgeLoss | null;
  /** Whether this window has released its camera and microphone for that. */
  released?: boolean;
  player: PlayerState | null;
  /** Whether a picture was shown in this call. */
  everPlayed: boolean;
  /** Whether the own microphone is off. */
  muted?: boolean;
  /** Whether another window has the call. */
  elsewhere?: boolean;
}

export interface CallView extends Words {
  /** Whether the canvas holds a picture worth showing. */
  picture: 'moving' | 'last' | 'none';
  overlay: 'wait' | 'camera-off' | 'lost' | 'ended' | 'elsewhere' | null;
}

/** What lies over the other person's picture, and whether that is shown. */
export function callView(facts: CallFacts): CallView {
  const { call, connected, player, everPlayed, elsewhere } = facts;
  const { name } = callerIdentity(call);
  const still = everPlayed ? 'last' : 'none';
  // What main said last is old by then.
  if (!connected && call.state !== 'ended') {
    const words = callWords.disconnected(facts.loss ?? null, facts.released ?? false);
    return { picture: still, overlay: 'lost', ...words };
  }
  if (elsewhere && isUp(call)) return { picture: 'none', overlay: 'elsewhere', ...callWords.elsewhere(name) };
  switch (call.state) {
    case 'dialing':
      return { picture: 'none', overlay: 'wait', ...callWords.dialing(name) };
    case 'ringing':
      return { picture: 'none', overlay: 'wait', ...callWords.ringing(name) };
    case 'ended':
      return { picture: still, overlay: 'ended', ...callWords.ended(call.message) };
    case 'reconnecting':
      return { picture: still, overlay: 'lost', ...callWords.reconnecting };
    case 'active':
      break;
  }
  const off = call.remote?.pictureOff || player?.videoOff === true;
  if (off)
    return {
      picture: 'none',
      overlay: 'camera-off',
      ...callWords.cameraOff(name, call.remote?.muted ?? false, facts.muted ?? false),
    };
  if (player?.phase === 'playing' && player.hasVideo) {
    return { picture: 'moving', overlay: null, ...callWords.active(name) };
  }
  if (player?.problem) {
    return { picture: 'none', overlay: 'camera-off', ...callWords.unplayable(player.problem) };
  }
  return { picture: still, overlay: 'wait', ...callWords.starting(name) };
}

/** What the other side is to be told of this one. */
export interface OwnStatus {
  muted: boolean;
  pictureOff: boolean;
  sharing: boolean;
}

export interface Position {
  /** Of the free space, 0 at the left and top, 1 at the right and bottom. */
  x: number;
  y: number;
}

/** Moves the own picture, and keeps it inside. */
export function movedBy(position: Position, dx: number, dy: number): Position {
  return { x: within(position.x + dx), y: within(position.y + dy) };
}

function within(value: number): number {
  return Number.isFinite(value) ? Math.min(1, Math.max(0, value)) : 0;
}
