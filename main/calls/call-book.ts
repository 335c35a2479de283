import { join } from 'node:path';
import { z } from 'zod';
import { messageOf } from '../../common/base/errors.ts';
import { type Readable, Store } from '../../common/base/store.ts';
import {
  type CallRecord,
  type Contact,
  callRecordSchema,
  contactSchema,
} from '../../common/bridge/bridge.ts';
import { JsonFile } from '../base/json-file.ts';
import { log } from '../base/log.ts';

/** Calls remembered; see `bounded`. A year of a call every other day. */
export const MAX_RECORDS = 200;
/** People with a name or an access of their own; the ones changed longest ago go first. */
export const MAX_CONTACTS = 1_000;

const contactsSchema = z.array(contactSchema).transform((contacts) => contacts.slice(0, MAX_CONTACTS));
const historySchema = z.array(callRecordSchema).transform((records) => records.slice(0, MAX_RECORDS));

/** Whom the person knows, and whom they spoke with: kept in the data folder. */
export class CallBook {
  readonly #contactsFile: JsonFile<typeof contactsSchema>;
  readonly #historyFile: JsonFile<typeof historySchema>;
  readonly #contacts = new Store<readonly Contact[]>([]);
  readonly #history = new Store<readonly CallRecord[]>([]);
  readonly #notices = new Store<readonly string[]>([]);
  #saving: Promise<unknown> = Promise.resolve();

  private constructor(dataDir: string) {
    this.#contactsFile = new JsonFile(join(dataDir, 'contacts.json'), contactsSchema);
    this.#historyFile = new JsonFile(join(dataDir, 'calls.json'), historySchema);
  }

  static async load(dataDir: string): Promise<CallBook> {
    const book = new CallBook(dataDir);
    const onNotice = (notice: string) => book.#notice(notice);
    book.#contacts.set(await book.#contactsFile.load([], onNotice));
    book.#history.set(await book.#historyFile.load([], onNotice));
    return book;
  }

  /** Changed last first. */
  get contacts(): Readable<readonly Contact[]> {
    return this.#contacts;
  }

  /** Newest first. */
  get history(): Readable<readonly CallRecord[]> {
    return this.#history;
  }

  /** What could not be read or kept, in words. */
  get notices(): Readable<readonly string[]> {
    return this.#notices;
  }

  /** Resolves when what was changed so far is on the disk, or cannot be. */
  async settled(): Promise<void> {
    await this.#saving;
  }

  contactOf(peer: string): Contact | undefined {
    return this.#contacts.get().find((contact) => contact.peer === peer);
  }

  /** Puts the contact in place of the one with that peer. One without a name that may ring is nothing to keep. */
  async changeContact(contact: Contact): Promise<void> {
    const others = this.#contacts.get().filter((other) => other.peer !== contact.peer);
    const kept = contact.name !== '' || contact.access !== 'ask' ? [contact] : [];
    this.#contacts.set([...kept, ...others].slice(0, MAX_CONTACTS));
    await this.#keep(() => this.#contactsFile.save([...this.#contacts.get()]), 'contacts');
  }

  async record(call: CallRecord): Promise<void> {
    const others = this.#history.get().filter((other) => other.id !== call.id);
    await this.#setHistory([call, ...others]);
  }

  async removeRecord(id: string): Promise<void> {
    await this.#setHistory(this.#history.get().filter((call) => call.id !== id));
  }

  async #setHistory(history: readonly CallRecord[]): Promise<void> {
    this.#history.set(bounded(history));
    await this.#keep(() => this.#historyFile.save([...this.#history.get()]), 'call history');
  }

  /** A disk that takes nothing must not take the app away: it goes on with what it holds, and says so. */
  #keep(save: () => Promise<void>, what: string): Promise<void> {
    const saved = this.#save(save, what);
    this.#saving = Promise.all([this.#saving, saved]);
    return saved;
  }

  async #save(save: () => Promise<void>, what: string): Promise<void> {
    try {
      await save();
    } catch (error) {
      log.warn(`${what} not saved: ${messageOf(error)}`);
      this.#notice(`Your ${what} cannot be saved (${messageOf(error)}). It is kept until the app is closed.`);
    }
  }

  #notice(notice: string): void {
    if (!this.#notices.get().includes(notice)) this.#notices.update((notices) => [...notices, notice]);
  }
}

/**
 * At most `MAX_RECORDS` of them. The oldest call that came in and was never answered goes first: who calls all the time
 * must not push out whom the person spoke with.
 */
function bounded(history: readonly CallRecord[]): CallRecord[] {
  const kept = [...history];
  while (kept.length > MAX_RECORDS) {
    const unanswered = kept.findLastIndex(
      ({ direction, durationMs }) => direction === 'in' && durationMs === 0,
    );
    kept.splice(unanswered < 0 ? kept.length - 1 : unanswered, 1);
  }
  return kept;
}
