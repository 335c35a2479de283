/** How a limit for the upload is split over what is sent: sound first, then the picture of each viewer. */

export interface SplitRendition {
  readonly name: string;
  /** What its encoder would take without a limit, in bits per second. */
  readonly wantedBps: number;
  /** How many read it now. */
  readonly viewers: number;
}

export interface UploadSplitInput {
  /** What all viewers together may cost; null is no limit. */
  readonly limitBps: number | null;
  /** What the sound of one viewer takes, in bits per second. */
  readonly audioBps: number;
  /** How many hear it. */
  readonly audioViewers: number;
  /** Those that could be offered, in any order. */
  readonly renditions: readonly SplitRendition[];
}

/** What a person sends at the same time: a broadcast to those who watch, and a call to one. */
export interface UploadUses {
  /** Who watches the broadcast. */
  readonly viewers: number;
  readonly inCall: boolean;
}

/**
 * The parts of a limit (bits per second; null is none) that the broadcast and the call may have: as many as there are
 * people, each the same. What is sent in all stays within it; a broadcast that nobody watches sends nothing, but is
 * offered as for the first who comes.
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

/** What the headers of QUIC, UDP and IP add to the media: some 70 bytes of a packet of 1280. */
const WIRE_FACTOR = 1.06;
/** Below this share of what it wants a rendition looks worse than the next smaller one: it is taken away. */
const LEAST_SHARE = 0.5;
/**
 * One that nobody reads is offered only when one viewer could have this share of it. Above `LEAST_SHARE`, so that what
 * was taken away does not come back as soon as its viewers have left it.
 */
const OFFER_SHARE = 0.75;
/** The smallest picture goes on down to this share: a poor picture is better than none. */
const LAST_SHARE = 0.3;

/** Bits per second that each rendition may have; null is off. Every rendition is named. */
export function splitUpload(input: UploadSplitInput): ReadonlyMap<string, number | null> {
  const { limitBps, renditions } = input;
  const ladder = [...renditions].sort((a, b) => a.wantedBps - b.wantedBps);
  if (limitBps === null) return new Map(ladder.map(({ name, wantedBps }) => [name, wantedBps]));
  // Whoever comes next hears as well.
  const listeners = Math.max(1, input.audioViewers);
  const roomBps = Math.max(0, limitBps / WIRE_FACTOR - input.audioBps * listeners);
  const shares = readShares(ladder, roomBps);
  const spentBps = ladder.reduce((sum, { name, viewers }) => sum + (shares.get(name) ?? 0) * viewers, 0);
  for (const [index, rendition] of ladder.entries()) {
    if (rendition.viewers > 0) continue;
    // Who comes to read it leaves what it reads now, the costliest of the smaller ones.
    const left = ladder
      .slice(0, index)
      .findLast(({ name, viewers }) => viewers > 0 && shares.get(name) !== null);
    const freeBps = roomBps - spentBps + (left ? (shares.get(left.name) ?? 0) : 0);
    const least = index === 0 ? LAST_SHARE : OFFER_SHARE;
    shares.set(
      rendition.name,
      freeBps >= rendition.wantedBps * least ? whole(rendition.wantedBps, freeBps) : null,
    );
  }
  return new Map(ladder.map(({ name }) => [name, shares.get(name) ?? null]));
}

/** Shares of those that are read. What does not fit is taken away from the top; its viewers go one down. */
function readShares(ladder: readonly SplitRendition[], roomBps: number): Map<string, number | null> {
  const shares = new Map<string, number | null>();
  for (let top = ladder.length; top > 0; top -= 1) {
    const kept = ladder.slice(0, top).map(({ name, wantedBps, viewers }) => ({ name, wantedBps, viewers }));
    const last = kept.at(-1);
    if (!last) break;
    last.viewers += ladder.slice(top).reduce((sum, { viewers }) => sum + viewers, 0);
    const wantedBps = kept.reduce((sum, { wantedBps, viewers }) => sum + wantedBps * viewers, 0);
    const share = wantedBps > 0 ? roomBps / wantedBps : 1;
    if (share < (top === 1 ? LAST_SHARE : LEAST_SHARE)) {
      shares.set(last.name, null);
      continue;
    }
    for (const { name, wantedBps, viewers } of kept) {
      if (viewers > 0) shares.set(name, whole(wantedBps, wantedBps * share));
    }
    break;
  }
  return shares;
}

function whole(wantedBps: number, mayBps: number): number {
  return Math.floor(Math.min(wantedBps, mayBps));
}
