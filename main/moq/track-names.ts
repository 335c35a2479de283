import type { Broadcast } from 'moq-net';

/** The fields of moq-net's broadcast state that this file uses. They are not part of its typings. */
interface BroadcastState {
  /** The next sequence number of each track that a reader has ever subscribed to. */
  readonly sequences: Map<string, unknown>;
  /** The open tracks. */
  readonly tracks: Map<string, unknown>;
}

/** `shareState` is protected in the typings. */
interface Shared {
  shareState(): unknown;
}

/** Maximum number of names that are remembered. A broadcast has far fewer tracks. */
const MAX_NAMES = 64;

/**
 * Makes moq-net forget a remote broadcast's closed tracks if it remembers more than `MAX_NAMES`. moq-net
 * keeps a sequence number for every name that a reader has subscribed to, and readers may subscribe to any
 * name. For remote broadcasts, the numbers are unnecessary, because groups arrive with their sequence
 * numbers.
 */
export function forgetTrackNames(remote: Broadcast.Consumer): void {
  const state = (remote as unknown as Shared).shareState();
  if (!isBroadcastState(state) || state.sequences.size <= MAX_NAMES) return;
  for (const name of state.sequences.keys()) if (!state.tracks.has(name)) state.sequences.delete(name);
}

function isBroadcastState(state: unknown): state is BroadcastState {
  return (
    typeof state === 'object' &&
    state !== null &&
    'sequences' in state &&
    state.sequences instanceof Map &&
    'tracks' in state &&
    state.tracks instanceof Map
  );
}
