/** A rendition that needs a share of the upload. */
export interface SplitRendition {
  /** Track name. */
  readonly name: string;
  /** Bitrate of its encoder when the upload is unlimited, in bits per second. */
  readonly wantedBps: number;
  /** Number of current viewers. */
  readonly viewers: number;
}

/** Arguments for `splitUpload`. */
interface UploadSplitInput {
  /** Upload limit for all viewers together, in bits per second; null if unlimited. */
  readonly limitBps: number | null;
  /** Bitrate of the audio for one viewer, in bits per second. */
  readonly audioBps: number;
  /** Number of viewers that receive audio. */
  readonly audioViewers: number;
  /** All renditions that could be sent, in any order. */
  readonly renditions: readonly SplitRendition[];
}

/** Streams that the user sends at the same time: a broadcast, a call, or both. */
interface UploadUses {
  /** Number of viewers to whom the broadcast is uploaded. A relay is one of them, regardless of its viewers. */
  readonly viewers: number;
  readonly inCall: boolean;
}

/**
 * Splits an upload limit (bits per second; null if unlimited) equally between the viewers of the broadcast
 * and the peer in the call. A broadcast without viewers gets a share for one, but does not reduce the call's
 * share.
 */
export function splitOverUses(
  limitBps: number | null,
  { viewers, inCall }: UploadUses,
): { broadcastBps: number | null; callBps: number | null } {
  if (limitBps === null) return { broadcastBps: null, callBps: null };
  const watching = Math.max(1, viewers);
  return {
    broadcastBps: inCall ? Math.floor((limitBps * watching) / (watching + 1)) : limitBps,
    callBps: Math.floor(limitBps / (viewers + 1)),
  };
}

/** Overhead of the QUIC, UDP and IP headers: about 70 bytes per 1280-byte packet. */
export const WIRE_FACTOR = 1.06;
/**
 * Smallest useful fraction of the desired bitrate. Below this, a rendition looks worse than the next smaller
 * one, so it is removed.
 */
const MIN_SHARE = 0.5;
/**
 * A rendition without viewers is offered only if this fraction of its bitrate is free for one viewer. Must
 * exceed `MIN_SHARE`: otherwise, a removed rendition would come back as soon as its viewers have switched.
 */
const MIN_OFFER_SHARE = 0.75;
/** Minimum fraction for the smallest rendition, below `MIN_SHARE` because poor video is better than none. */
const MIN_SMALLEST_SHARE = 0.3;

/**
 * Returns the bitrate of each rendition by name, in bits per second; null removes a rendition. Audio is
 * allocated first. Then all renditions with viewers get the same fraction of their desired bitrate.
 */
export function splitUpload(input: UploadSplitInput): ReadonlyMap<string, number | null> {
  const { limitBps, renditions } = input;
  const ladder = [...renditions].sort((a, b) => a.wantedBps - b.wantedBps);
  if (limitBps === null) return new Map(ladder.map(({ name, wantedBps }) => [name, wantedBps]));
  // While there are no listeners, reserve bandwidth for the audio of the first one.
  const listeners = Math.max(1, input.audioViewers);
  const videoBps = Math.max(0, limitBps / WIRE_FACTOR - input.audioBps * listeners);
  const shares = sharesOfWatched(ladder, videoBps);
  const spentBps = ladder.reduce((sum, { name, viewers }) => sum + (shares.get(name) ?? 0) * viewers, 0);
  for (const [index, rendition] of ladder.entries()) {
    if (rendition.viewers > 0) continue;
    // A viewer that switches to this rendition frees the bitrate of its current rendition, which is assumed
    // to be the largest smaller one with viewers.
    const current = ladder
      .slice(0, index)
      .findLast(({ name, viewers }) => viewers > 0 && shares.get(name) !== null);
    const freeBps = videoBps - spentBps + (current ? (shares.get(current.name) ?? 0) : 0);
    const minShare = index === 0 ? MIN_SMALLEST_SHARE : MIN_OFFER_SHARE;
    shares.set(
      rendition.name,
      freeBps >= rendition.wantedBps * minShare ? cappedBps(rendition.wantedBps, freeBps) : null,
    );
  }
  return new Map(ladder.map(({ name }) => [name, shares.get(name) ?? null]));
}

/**
 * Computes the bitrates of the renditions that have viewers. If they do not all fit, removes the largest ones
 * and moves their viewers to the next smaller rendition.
 */
function sharesOfWatched(ladder: readonly SplitRendition[], videoBps: number): Map<string, number | null> {
  const shares = new Map<string, number | null>();
  for (let top = ladder.length; top > 0; top -= 1) {
    const kept = ladder.slice(0, top).map(({ name, wantedBps, viewers }) => ({ name, wantedBps, viewers }));
    const last = kept.at(-1);
    if (!last) break;
    last.viewers += ladder.slice(top).reduce((sum, { viewers }) => sum + viewers, 0);
    const wantedBps = kept.reduce((sum, { wantedBps, viewers }) => sum + wantedBps * viewers, 0);
    const share = wantedBps > 0 ? videoBps / wantedBps : 1;
    if (share < (top === 1 ? MIN_SMALLEST_SHARE : MIN_SHARE)) {
      shares.set(last.name, null);
      continue;
    }
    for (const { name, wantedBps, viewers } of kept) {
      if (viewers > 0) shares.set(name, cappedBps(wantedBps, wantedBps * share));
    }
    break;
  }
  return shares;
}

function cappedBps(wantedBps: number, availableBps: number): number {
  return Math.floor(Math.min(wantedBps, availableBps));
}
