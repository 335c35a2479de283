import { Path } from 'moq-net';
import { type Client, overWebSocket, waitUntilAnnounced } from './relays.ts';
import { NumberedBroadcast, readNumber } from './sessions.ts';
import { sleep } from './wait.ts';

/**
 * A well-behaved publisher and a well-behaved viewer on a relay, which detect whether other clients disturb
 * them.
 */
export class Bystanders {
  /** The name of the publisher's broadcast. */
  readonly name: string;
  readonly #publisher: Client;
  readonly #viewer: Client;
  readonly #numbers = new NumberedBroadcast({ everyMs: 50, bytes: 2_000 });
  /**
   * Measures how late this process's timers run. Other test clients can delay them, because they share its
   * thread.
   */
  readonly #lateness = new TimerLateness();
  #groupCount = 0;
  #lastGroupMs = performance.now();
  /**
   * The longest interval between two groups since the last check, not counting the timers' lateness, in
   * milliseconds.
   */
  #longestGapMs = 0;
  #failure: string | undefined;

  private constructor(name: string, publisher: Client, viewer: Client) {
    this.name = name;
    this.#publisher = publisher;
    this.#viewer = viewer;
  }

  /** Connects both clients to the relay at `target`, a path such as `/room?jwt=…`, and starts watching. */
  static async start(http: string, target = '/', name = 'bystanders'): Promise<Bystanders> {
    const [publisher, viewer] = [await overWebSocket(http, target), await overWebSocket(http, target)];
    const bystanders = new Bystanders(name, publisher, viewer);
    publisher.established.publish(Path.from(name), bystanders.#numbers.producer);
    await waitUntilAnnounced(viewer, name);
    bystanders.#watch().catch((error: unknown) => {
      bystanders.#failure = String(error);
    });
    return bystanders;
  }

  /**
   * Checks that the viewer still receives groups.
   *
   * @throws Error if the viewer received nothing for longer than `maxGapMs`, now or at any time since the last check
   */
  async expectUndisturbed(maxGapMs = 3_000): Promise<void> {
    const before = this.#groupCount;
    await sleep(300);
    const sinceMs = performance.now();
    const lateMs = this.#lateness.totalMs;
    const waitedMs = () => performance.now() - sinceMs - (this.#lateness.totalMs - lateMs);
    while (this.#groupCount < before + 3 && waitedMs() < maxGapMs) await sleep(50);
    if (this.#failure !== undefined)
      throw new Error(`the well-behaved viewer was disconnected: ${this.#failure}`);
    if (this.#groupCount < before + 3) throw new Error('the well-behaved viewer receives nothing');
    const longestMs = this.#longestGapMs;
    this.#longestGapMs = 0;
    if (longestMs > maxGapMs) {
      throw new Error(`the well-behaved viewer received nothing for ${Math.round(longestMs)} ms`);
    }
  }

  /** Disconnects the publisher and the viewer. */
  async close(): Promise<void> {
    this.#numbers.close();
    this.#lateness.close();
    await Promise.all([this.#viewer.close(), this.#publisher.close()]);
  }

  async #watch(): Promise<void> {
    const track = this.#viewer.established.consume(Path.from(this.name)).subscribe('video');
    for (;;) {
      const group = await track.recvGroup();
      if (!group) break;
      await readNumber(group);
      const now = performance.now();
      const gapMs = now - this.#lastGroupMs - this.#lateness.takeMs();
      this.#longestGapMs = Math.max(this.#longestGapMs, gapMs);
      this.#lastGroupMs = now;
      this.#groupCount += 1;
    }
    this.#failure = 'the track ended';
  }
}

/** Interval of the timer in `TimerLateness`, in milliseconds. */
const TICK_MS = 20;

/** Measures how long this process could not run its timers because it was busy or had no CPU time. */
class TimerLateness {
  #sumMs = 0;
  #takenMs = 0;
  #lastMs = performance.now();
  readonly #timer = setInterval(() => {
    this.#sumMs = this.totalMs;
    this.#lastMs = performance.now();
  }, TICK_MS);

  /** The sum of all timer delays so far, in milliseconds. */
  get totalMs(): number {
    return this.#sumMs + Math.max(0, performance.now() - this.#lastMs - TICK_MS);
  }

  /** Returns the sum of the timer delays since the previous `takeMs`, in milliseconds. */
  takeMs(): number {
    const totalMs = this.totalMs;
    const ms = totalMs - this.#takenMs;
    this.#takenMs = totalMs;
    return ms;
  }

  close(): void {
    clearInterval(this.#timer);
  }
}
