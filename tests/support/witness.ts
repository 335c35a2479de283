import { Path } from 'moq-net';
import { waitUntilAnnounced, type Client, overWebSocket } from './relays.ts';
import { Numbers, readNumber } from './sessions.ts';
import { sleep } from './wait.ts';

/**
 * Somebody who publishes and somebody who watches, both well-behaved, while others are not: it tells whether they were
 * disturbed.
 */
export class Witness {
  readonly name: string;
  readonly #publisher: Client;
  readonly #viewer: Client;
  readonly #numbers = new Numbers({ everyMs: 50, bytes: 2_000 });
  #count = 0;
  #lastMs = performance.now();
  #longestMs = 0;
  #ended: string | undefined;

  private constructor(name: string, publisher: Client, viewer: Client) {
    this.name = name;
    this.#publisher = publisher;
    this.#viewer = viewer;
  }

  static async start(http: string, target = '/', name = 'witness'): Promise<Witness> {
    const [publisher, viewer] = [await overWebSocket(http, target), await overWebSocket(http, target)];
    const witness = new Witness(name, publisher, viewer);
    publisher.established.publish(Path.from(name), witness.#numbers.producer);
    await waitUntilAnnounced(viewer, name);
    witness.#watch().catch((error: unknown) => {
      witness.#ended = String(error);
    });
    return witness;
  }

  /**
   * Watches for a while longer.
   *
   * @throws Error when the viewer got nothing for longer than that, now or at any time since the last look.
   */
  async check(maxGapMs = 3_000): Promise<void> {
    const before = this.#count;
    await sleep(300);
    const deadline = performance.now() + maxGapMs;
    while (this.#count < before + 3 && performance.now() < deadline) await sleep(50);
    if (this.#ended !== undefined) throw new Error(`the good viewer was cut off: ${this.#ended}`);
    if (this.#count < before + 3) throw new Error('the good viewer gets nothing');
    const longestMs = this.#longestMs;
    this.#longestMs = 0;
    if (longestMs > maxGapMs) throw new Error(`the good viewer got nothing for ${Math.round(longestMs)} ms`);
  }

  async close(): Promise<void> {
    this.#numbers.close();
    await Promise.all([this.#viewer.close(), this.#publisher.close()]);
  }

  async #watch(): Promise<void> {
    const track = this.#viewer.established.consume(Path.from(this.name)).subscribe('video');
    for (;;) {
      const group = await track.recvGroup();
      if (!group) break;
      await readNumber(group);
      const now = performance.now();
      this.#longestMs = Math.max(this.#longestMs, now - this.#lastMs);
      this.#lastMs = now;
      this.#count += 1;
    }
    this.#ended = 'the track ended';
  }
}
