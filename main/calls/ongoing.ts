import { join } from 'node:path';
import { z } from 'zod';
import { messageOf } from '../../common/base/errors.ts';
import { MAX_NAME_CHARS } from '../../common/bridge/bridge.ts';
import { JsonFile } from '../base/json-file.ts';
import { log } from '../base/log.ts';

/** How often a call that goes on is written down as alive, in milliseconds: its time-out after a crash is a minute. */
export const ALIVE_EVERY_MS = 5_000;

const ongoingSchema = z.object({
  id: z.string().min(1).max(100),
  direction: z.enum(['out', 'in']),
  /** The peer's endpoint id. */
  peer: z.string().regex(/^[0-9a-f]{64}$/),
  /** Where the peer was; `dials`: whether this side is the one that calls again. */
  address: z.object({ relayUrls: z.array(z.string()), ipAddrs: z.array(z.string()) }),
  dials: z.boolean(),
  startedAtMs: z.number(),
  activeAtMs: z.number(),
  /** The last moment at which the call was known to go on. */
  aliveAtMs: z.number(),
  remoteName: z.string().max(MAX_NAME_CHARS),
  /** What this side showed: who was muted comes back muted. */
  muted: z.boolean(),
  pictureOff: z.boolean(),
});
/** The call that goes on, as far as another process needs it to go on with it. Times are since the epoch. */
export type Ongoing = z.infer<typeof ongoingSchema>;

const fileSchema = ongoingSchema.nullable();

/** The call that goes on, in the data folder: what a process that was killed leaves to the one started after it. */
export class OngoingFile {
  readonly #file: JsonFile<typeof fileSchema>;
  #found: Ongoing | null = null;
  #empty = true;
  #saving: Promise<unknown> = Promise.resolve();

  private constructor(dataDir: string) {
    this.#file = new JsonFile(join(dataDir, 'ongoing-call.json'), fileSchema);
  }

  static async load(dataDir: string): Promise<OngoingFile> {
    const ongoing = new OngoingFile(dataDir);
    ongoing.#found = await ongoing.#file.load(null, (notice) => log.warn(notice));
    ongoing.#empty = ongoing.#found === null;
    return ongoing;
  }

  /**
   * The call that an earlier process left behind, if it was alive less than `withinMs` ago: once, so that nothing can
   * make it count a second time.
   */
  take(withinMs: number): Ongoing | null {
    const found = this.#found;
    this.#found = null;
    const ageMs = found ? Date.now() - found.aliveAtMs : Number.POSITIVE_INFINITY;
    // A time in the future is of a clock that was set: it says nothing.
    if (ageMs >= 0 && ageMs < withinMs) return found;
    this.keep(null);
    return null;
  }

  /** Writes down the call that goes on, or that none does. A disk that takes nothing costs the call nothing. */
  keep(call: Ongoing | null): void {
    if (call === null && this.#empty) return;
    this.#empty = call === null;
    const saved = this.#file
      .save(call)
      .catch((error: unknown) => log.warn(`the call that goes on is not kept: ${messageOf(error)}`));
    this.#saving = Promise.all([this.#saving, saved]);
  }

  /** Resolves when what was kept so far is on the disk, or cannot be. */
  async settled(): Promise<void> {
    await this.#saving;
  }
}
