import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { z } from 'zod';
import { messageOf } from '../../common/base/errors.ts';
import { log } from './log.ts';

/**
 * A small JSON file that is read once and written whole. A write goes to a new file that then takes the place of the
 * old one, so that a full disk or a killed process leaves the last good one. A damaged file is set aside, not lost.
 */
export class JsonFile<S extends z.ZodType> {
  readonly #path: string;
  readonly #schema: S;
  #writing: Promise<void> = Promise.resolve();
  #pending: z.output<S> | undefined;
  /** A file that is there and could not be read must not be replaced by defaults. */
  #unreadable = false;

  constructor(path: string, schema: S) {
    this.#path = path;
    this.#schema = schema;
  }

  /** What the file holds, or what the schema makes of `fallback` when there is none or it is damaged. */
  async load(fallback: z.input<S>, onNotice: (notice: string) => void): Promise<z.output<S>> {
    let text: string;
    try {
      text = await readFile(this.#path, 'utf8');
    } catch (error) {
      this.#unreadable = !isMissing(error);
      if (this.#unreadable) onNotice(`${this.#path} cannot be read (${messageOf(error)}).`);
      return this.#schema.parse(fallback);
    }
    try {
      return this.#schema.parse(JSON.parse(text));
    } catch (error) {
      log.warn(`${this.#path} is damaged: ${messageOf(error)}`);
      const aside = `${this.#path}.damaged`;
      await rename(this.#path, aside).catch((failure: unknown) => log.warn(messageOf(failure)));
      onNotice(`${this.#path} was damaged. It was set aside as ${aside}; defaults are used.`);
      return this.#schema.parse(fallback);
    }
  }

  /** Writes the newest value; values that a slow disk has not taken yet are replaced. Rejects when it cannot. */
  async save(value: z.output<S>): Promise<void> {
    if (this.#unreadable) throw new Error('what is there cannot be read and is left as it is');
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
    const draft = `${this.#path}.${process.pid}.new`;
    await mkdir(dirname(this.#path), { recursive: true, mode: 0o700 });
    try {
      const file = await open(draft, 'w', 0o600);
      try {
        await file.writeFile(`${JSON.stringify(value, null, 2)}\n`);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(draft, this.#path);
    } catch (error) {
      await rm(draft, { force: true });
      throw error;
    }
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
