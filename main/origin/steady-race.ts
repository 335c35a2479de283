/**
 * `Promise.race` leaves something with each promise that it waited for, until that promise settles. moq-net (0.3.4)
 * races every frame against the end of its track, so a track that lasts for hours would hold some hundred bytes for
 * each of its frames. Its calls cannot be changed from here, so this process has a race that cleans up.
 */
interface Contest {
  resolve(value: unknown): void;
  reject(reason: unknown): void;
}

/** Races that wait for one contender. It is listened to once, however many there are. */
interface Waiting {
  contests: Set<Contest>;
  settled: boolean;
}

const seen = new WeakSet<object>();
const waiting = new WeakMap<object, Waiting>();
let installed = false;

/** Replaces `Promise.race` for the whole process. Idempotent. */
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
  const entered: Waiting[] = [];
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  const leave = () => {
    for (const { contests } of entered) contests.delete(contest);
    entered.length = 0;
  };
  const contest: Contest = {
    resolve: (value) => {
      leave();
      resolve(value);
    },
    reject: (reason) => {
      leave();
      reject(reason);
    },
  };
  for (const contender of contenders) {
    const lasting = lastingOf(contender);
    if (!lasting || lasting.settled) {
      Promise.resolve(contender).then(contest.resolve, contest.reject);
    } else {
      lasting.contests.add(contest);
      entered.push(lasting);
    }
  }
  return promise;
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
  const made: Waiting = { contests: new Set(), settled: false };
  waiting.set(contender, made);
  const settle = (end: (contest: Contest) => void) => {
    made.settled = true;
    for (const contest of [...made.contests]) end(contest);
    made.contests.clear();
  };
  Promise.resolve(contender).then(
    (value) => settle((contest) => contest.resolve(value)),
    (reason: unknown) => settle((contest) => contest.reject(reason)),
  );
  return made;
}
