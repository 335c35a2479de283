import { join } from 'node:path';
import { z } from 'zod';
import { messageOf } from '../../common/base/errors.ts';
import { MAX_NAME_CHARS } from '../../common/bridge/bridge.ts';
import { JsonFile } from '../base/json-file.ts';
import { log } from '../base/log.ts';

const ongoingCallSchema = z.object({
  id: z.string().min(1).max(100),
  direction: z.enum(['out', 'in']),
  /** The peer's endpoint id. */
  peer: z.string().regex(/^[0-9a-f]{64}$/),
  /** The peer's addresses. */
  address: z.object({ relayUrls: z.array(z.string()), ipAddrs: z.array(z.string()) }),
  /**
   * Whether this side redials if the call is lost. This version only writes the value; older versions of the
   * app read it.
   */
  dials: z.boolean(),
  startedAtMs: z.number(),
  activeAtMs: z.number(),
  /** When the call was last known to be active. */
  aliveAtMs: z.number(),
  remoteName: z.string().max(MAX_NAME_CHARS),
  /** This side's status, so that a muted user is still muted after a restart. */
  muted: z.boolean(),
  pictureOff: z.boolean(),
});
/**
 * The current call as saved on disk, with everything that a new process needs to call again. Times are in milliseconds
 * since the epoch.
 */
export type OngoingCall = z.infer<typeof ongoingCallSchema>;

const fileSchema = ongoingCallSchema.nullable();

/**
 * The file `ongoing-call.json` in the data folder. If the process is killed, the next process asks the user
 * whether to call again.
 */
export class OngoingCallFile {
  readonly #file: JsonFile<typeof fileSchema>;
  #found: OngoingCall | null = null;
  /** The id of the call in the file; null if the file is empty. */
  #heldId: string | null = null;
  #saving: Promise<unknown> = Promise.resolve();

  private constructor(dataDir: string) {
    this.#file = new JsonFile(join(dataDir, 'ongoing-call.json'), fileSchema);
  }

  /** Reads the file in the data folder. Never rejects: an unreadable file is logged and counts as empty. */
  static async load(dataDir: string): Promise<OngoingCallFile> {
    const ongoing = new OngoingCallFile(dataDir);
    ongoing.#found = await ongoing.#file.load(null, (notice) => log.warn(notice));
    ongoing.#heldId = ongoing.#found?.id ?? null;
    return ongoing;
  }

  /**
   * The first time, returns the call that an earlier process saved; null if there is none. Later calls return
   * null. The call stays in the file until `forget` is called.
   */
  claim(): OngoingCall | null {
    const found = this.#found;
    this.#found = null;
    return found;
  }

  /**
   * Writes the current call to the file, or clears the file if `call` is null. A failed write is logged and does not
   * affect the call.
   */
  save(call: OngoingCall | null): void {
    if (call === null && this.#heldId === null) return;
    this.#heldId = call?.id ?? null;
    const saved = this.#file
      .save(call)
      .catch((error: unknown) => log.warn(`the current call cannot be saved: ${messageOf(error)}`));
    this.#saving = Promise.all([this.#saving, saved]);
  }

  /** Clears the file if it contains the call with this id. A newer call stays in the file. */
  forget(id: string): void {
    if (this.#heldId === id) this.save(null);
  }

  /** Resolves when all writes so far have finished or failed. */
  async flushed(): Promise<void> {
    await this.#saving;
  }
}
