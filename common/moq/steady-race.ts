/**
 * `Promise.race` leaves something with each promise that it waited for, until that promise settles: with what it came to,
 * such as a whole stream. @moq/net (0.2.8 in the window, 0.3.4 in main) races every frame and every group against the
 * end of its track, so a track that lasts for hours would hold some kilobytes for each of its groups. Its calls cannot
 * be changed from here, so this realm has a race that cleans up.
 */
interface Contest {
  resolve(value: unknown): void;
  reject(reason: unknown): void;
}

/** What stays with a contender: emptied once the race is over, so that it keeps nothing of it. */
interface Seat {
  contest: Contest | undefined;
}

/** Races that wait for one contender. It is listened to once, however many there are. */
interface Waiting {
  seats: Set<Seat>;
  settled: boolean;
}

const seen = new WeakSet<object>();
const waiting = new WeakMap<object, Waiting>();
let installed = false;

/** Replaces `Promise.race` for the whole realm. Idempotent. */
export function installSteadyRace(): void {
  if (installed) return;
  installed = true;
  const native = Promise.race;
  const race = function (this: unknown, contenders: Iterable<unknown>): Promise<unknown> {
    return this === Promise ? steadyRace(contenders) : native.call(Promise, [...contenders]);
  };
  Promise.race = race as typeof Promise.race;
}

/** As `Promise.race`. */
export function steadyRace(contenders: Iterable<unknown>): Promise<unknown> {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  const entered: Waiting[] = [];
  const leave = () => {
    seat.contest = undefined;
    for (const { seats } of entered) seats.delete(seat);
  };
  const seat: Seat = {
    contest: {
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
    const lasting = lastingOf(contender);
    if (!lasting || lasting.settled) {
      listen(contender, seat);
    } else {
      lasting.seats.add(seat);
      entered.push(lasting);
    }
  }
  return promise;
}

/** Apart, so that its closures have the seat alone in their reach. */
function listen(contender: unknown, seat: Seat): void {
  Promise.resolve(contender).then(
    (value) => seat.contest?.resolve(value),
    (reason: unknown) => seat.contest?.reject(reason),
  );
}

/** Those that are raced against more than once. Most are not, and cost nothing more than usual. */
function lastingOf(contender: unknown): Waiting | undefined {
  if (typeof contender !== 'object' || contender === null || !('then' in contender)) return undefined;
  const known = waiting.get(contender);
  if (known) return known;
  if (!seen.has(contender)) {
    seen.add(contender);
    return undefined;
  }
  const made: Waiting = { seats: new Set(), settled: false };
  waiting.set(contender, made);
  const settle = (end: (contest: Contest) => void) => {
    made.settled = true;
    for (const { contest } of [...made.seats]) if (contest) end(contest);
    made.seats.clear();
  };
  Promise.resolve(contender).then(
    (value) => settle((contest) => contest.resolve(value)),
    (reason: unknown) => settle((contest) => contest.reject(reason)),
  );
  return made;
}
