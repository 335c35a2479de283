import { rename } from 'node:fs/promises';
import type { z } from 'zod';
import { messageOf } from '../../common/base/errors.ts';
import { errorCode } from './error-code.ts';
import { readProblem } from './file-problem.ts';
import { log } from './log.ts';
import { writePrivateFile } from './private-file.ts';
import { salvage } from './salvage.ts';
import { readTextFile } from './text-file.ts';

/** Maximum length of the copy of a damaged file, in UTF-16 units. */
const MAX_COPY = 1024 * 1024;
/** Maximum number of faults that are logged for one file. */
const MAX_FAULTS = 3;

/**
 * A small JSON file that is read once and always written as a whole, by renaming a new file over the old one.
 * Invalid records and settings are left out, and the damaged file is kept as `NAME.damaged`.
 */
export class JsonFile<S extends z.ZodType> {
  readonly #path: string;
  readonly #schema: S;
  #writing: Promise<void> = Promise.resolve();
  #pending: z.output<S> | undefined;
  /** Whether the file exists but could not be read. Defaults must not replace such a file. */
  #unreadable = false;

  constructor(path: string, schema: S) {
    this.#path = path;
    this.#schema = schema;
  }

  /**
   * Reads the file, without invalid records and settings. Returns the parsed `fallback` if nothing can be
   * read. If the file is unreadable or damaged, passes a message for the user to `onNotice`.
   */
  async load(fallback: z.input<S>, onNotice: (notice: string) => void): Promise<z.output<S>> {
    let text: string;
    try {
      text = await readTextFile(this.#path);
    } catch (error) {
      this.#unreadable = errorCode(error) !== 'ENOENT';
      if (this.#unreadable) onNotice(`${this.#path} cannot be read: ${readProblem(error)}.`);
      return this.#schema.parse(fallback);
    }
    const aside = `${this.#path}.damaged`;
    const found = salvage(this.#schema, jsonOf(text));
    if (found === null) {
      log.warn(`${this.#path} is damaged`);
      await rename(this.#path, aside).catch((failure: unknown) => log.warn(messageOf(failure)));
      onNotice(`${this.#path} was damaged. It was renamed to ${aside}, and defaults are used.`);
      return this.#schema.parse(fallback);
    }
    const { value, faults } = found;
    if (faults.length === 0) return value;
    const more = faults.length > MAX_FAULTS ? ` and ${faults.length - MAX_FAULTS} more` : '';
    log.warn(`${this.#path}: invalid entries: ${faults.slice(0, MAX_FAULTS).join('; ')}${more}`);
    try {
      await writePrivateFile(aside, text.slice(0, MAX_COPY));
      await this.save(value);
    } catch (failure) {
      log.warn(`${this.#path} could not be repaired: ${messageOf(failure)}`);
    }
    onNotice(`Invalid entries in ${this.#path} were left out. A copy of the file is in ${aside}.`);
    return value;
  }

  /**
   * Writes a value. On a slow disk, only the newest of several waiting values is written.
   *
   * @throws Error if the file cannot be written, or if it exists but could not be read
   */
  async save(value: z.output<S>): Promise<void> {
    if (this.#unreadable) throw new Error('the existing file cannot be read, so it is not replaced');
    const queued = this.#pending !== undefined;
    this.#pending = value;
    if (!queued) {
      const before = this.#writing.catch(() => undefined);
      this.#writing = before.then(() => this.#write());
    }
    await this.#writing;
  }

  async #write(): Promise<void> {
    const value = this.#pending;
    this.#pending = undefined;
    await writePrivateFile(this.#path, `${JSON.stringify(value, null, 2)}\n`);
  }
}

/** Parses JSON. Returns undefined if the text is not JSON. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
