import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Netlab } from '../../tests/support/netlab.ts';
import type { Program } from '../../tests/support/processes.ts';
import { waitFor } from '../../tests/support/wait.ts';
import type { Line } from './app.ts';

const HOSTS = { a: '10.77.0.1', b: '10.77.0.2', relay: '10.77.0.3' } as const;
const here = fileURLToPath(new URL('./', import.meta.url));

/** A line that the viewer printed, with the time at which it arrived. */
export interface TimedLine {
  atMs: number;
  line: Line;
}

/** A publisher on host `a`, a viewer on host `b` and a real iroh relay on a third host. */
export class RecoveryLab {
  readonly lab: Netlab;
  readonly seen: TimedLine[] = [];
  readonly #folders: string[] = [];
  readonly #programs: Program[] = [];

  private constructor(lab: Netlab) {
    this.lab = lab;
  }

  /**
   * Starts the relay, the publisher and the viewer, and waits until `b` receives the published numbers.
   * @param options `blocked`: whether to block the direct path between `a` and `b` from the start
   */
  static async start(options: { blocked: boolean }): Promise<RecoveryLab> {
    const made = new RecoveryLab(await Netlab.up(Object.keys(HOSTS)));
    try {
      if (options.blocked) await made.lab.block('a', 'b');
      const relay = await made.lab.startIrohRelay('relay', HOSTS.relay);
      const publisher = made.#node('a', 'publisher.ts', relay);
      const ticket = await made.#ticketWithRelay(publisher, relay);
      made.#node('b', 'viewer.ts', relay, ticket).onLine((text) => {
        made.seen.push({ atMs: performance.now(), line: JSON.parse(text) as Line });
      });
      await made.until('numbers arrive', (seen) => seen.some(({ line }) => line.event === 'numbers'), 20_000);
      return made;
    } catch (error) {
      const words = made.errors();
      await made.close();
      throw new Error(`${String(error)}\n${words}`, { cause: error });
    }
  }

  /** The kind of network path that carries the published numbers; undefined while there is no path. */
  get kind(): 'direct' | 'relayed' | undefined {
    const last = this.seen.findLast(({ line }) => line.event === 'path')?.line;
    return last?.event === 'path' ? last.kind : undefined;
  }

  /**
   * Waits until a network path of this kind carries the published numbers. Resolves to how long that took, in
   * milliseconds.
   */
  async becomes(kind: 'direct' | 'relayed', timeoutMs: number): Promise<number> {
    const sinceMs = performance.now();
    await this.until(kind, () => this.kind === kind, timeoutMs);
    return performance.now() - sinceMs;
  }

  async until(
    what: string,
    condition: (seen: readonly TimedLine[]) => boolean,
    timeoutMs: number,
  ): Promise<void> {
    await waitFor(what, () => condition(this.seen), timeoutMs);
  }

  /**
   * Returns the longest interval between two received numbers, in milliseconds, among the intervals that
   * ended after `sinceMs`.
   */
  longestGapMs(sinceMs: number): number {
    const gaps = this.seen.flatMap(({ atMs, line }) =>
      atMs >= sinceMs && line.event === 'numbers' ? [line.gapMs] : [],
    );
    return Math.max(0, ...gaps);
  }

  /** Returns the number of new subscriptions since `sinceMs`; zero if the broadcast was not interrupted. */
  subscriptions(sinceMs: number): number {
    return this.seen.filter(({ atMs, line }) => atMs >= sinceMs && line.event === 'subscribed').length;
  }

  /** Returns the viewer's receive rate over its last full second. */
  megabitsDown(): number {
    const last = this.seen.findLast(({ line }) => line.event === 'stats')?.line;
    return last?.event === 'stats' ? last.downMbps : 0;
  }

  errors(): string {
    return this.#programs.map((program) => program.stderr()).join('\n---\n');
  }

  async close(): Promise<void> {
    await this.lab.down();
    for (const folder of this.#folders) rmSync(folder, { recursive: true, force: true });
  }

  #node(host: string, file: string, ...args: string[]): Program {
    const folder = mkdtempSync(join(tmpdir(), 'iroh-live-lab-'));
    this.#folders.push(folder);
    const program = this.lab.run(host, process.execPath, [
      '--no-warnings',
      join(here, file),
      folder,
      ...args,
    ]);
    this.#programs.push(program);
    return program;
  }

  /**
   * Resolves to the publisher's ticket once the ticket includes the relay. The app prints a new ticket when
   * it connects to a relay.
   */
  async #ticketWithRelay(publisher: Program, relay: string): Promise<string> {
    const lines: Line[] = [];
    publisher.onLine((text) => lines.push(JSON.parse(text) as Line));
    return waitFor(
      'a ticket with the relay',
      () => {
        const line = lines.findLast(({ event }) => event === 'live');
        return line?.event === 'live' && ticketNames(line.ticket, relay) ? line.ticket : undefined;
      },
      20_000,
    );
  }
}

function ticketNames(ticket: string, relay: string): boolean {
  const bytes = Buffer.from(ticket.slice(ticket.indexOf(':') + 1, ticket.indexOf('/')), 'base64url');
  return bytes.includes(relay);
}
