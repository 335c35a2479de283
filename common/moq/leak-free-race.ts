/**
 * A replacement for `Promise.race` that does not leak memory. With the native race, every promise that stays
 * pending keeps the result of the race in memory. @moq/net (0.2.8 in the window, 0.3.4 in main) races every
 * frame and group against the end of its track, which leaks a few kilobytes per group until the track ends.
 * See moq-dev/moq#694 and nodejs/node#17469.
 */

/** Settles the promise that one race returned. */
interface Settlers {
  resolve(value: unknown): void;
  reject(reason: unknown): void;
}

/**
 * The part of a race that its promises reference. `settlers` is cleared when the race is over, which frees
 * the result even if some promises are still pending.
 */
interface RaceEntry {
  settlers: Settlers | undefined;
}

/**
 * The pending races of one contender. All of these races share a single reaction on the contender.
 */
interface SharedContender {
  races: Set<RaceEntry>;
  settled: boolean;
}

/** Contenders that have taken part in exactly one race so far. */
const seenOnce = new WeakSet<object>();
const sharedContenders = new WeakMap<object, SharedContender>();
let installed = false;

/**
 * Replaces `Promise.race` in this realm for all callers, because @moq/net calls the global function.
 * Idempotent. Calls on subclasses of `Promise` and calls without an array go to the native function.
 */
export function installLeakFreeRace(): void {
  if (installed) return;
  installed = true;
  const nativeRace = Promise.race;
  const race = function (this: unknown, contenders: Iterable<unknown>): Promise<unknown> {
    if (this === Promise && Array.isArray(contenders)) return leakFreeRace(contenders);
    return Reflect.apply(nativeRace, this, [contenders]) as Promise<unknown>;
  };
  Promise.race = race as typeof Promise.race;
}

/** Settles with the first contender that settles, like `Promise.race`. Stays pending if there are no contenders. */
export function leakFreeRace(contenders: readonly unknown[]): Promise<unknown> {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  const joined: SharedContender[] = [];
  const leave = () => {
    entry.settlers = undefined;
    for (const { races } of joined) races.delete(entry);
  };
  const entry: RaceEntry = {
    settlers: {
      resolve: (value) => {
        leave();
        resolve(value);
      },
      reject: (reason) => {
        leave();
        reject(reason);
      },
    },
  };
  for (const contender of contenders) {
    const shared = sharedContenderOf(contender);
    if (!shared || shared.settled) {
      addReaction(contender, entry);
    } else {
      shared.races.add(entry);
      joined.push(shared);
    }
  }
  return promise;
}

/**
 * Adds a reaction to `contender` that settles the race. This is a separate function so that its closures keep
 * nothing of the race in memory except `entry`.
 */
function addReaction(contender: unknown, entry: RaceEntry): void {
  Promise.resolve(contender).then(
    (value) => entry.settlers?.resolve(value),
    (reason: unknown) => entry.settlers?.reject(reason),
  );
}

/**
 * Returns the shared bookkeeping of a contender; undefined for its first race. Most contenders never join a
 * second race, so they need no bookkeeping.
 */
function sharedContenderOf(contender: unknown): SharedContender | undefined {
  if (typeof contender !== 'object' || contender === null || !('then' in contender)) return undefined;
  const known = sharedContenders.get(contender);
  if (known) return known;
  if (!seenOnce.has(contender)) {
    seenOnce.add(contender);
    return undefined;
  }
  const shared: SharedContender = { races: new Set(), settled: false };
  sharedContenders.set(contender, shared);
  const settleAll = (settle: (settlers: Settlers) => void) => {
    shared.settled = true;
    for (const { settlers } of [...shared.races]) if (settlers) settle(settlers);
    shared.races.clear();
  };
  Promise.resolve(contender).then(
    (value) => settleAll((settlers) => settlers.resolve(value)),
    (reason: unknown) => settleAll((settlers) => settlers.reject(reason)),
  );
  return shared;
}
