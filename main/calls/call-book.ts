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

/**
 * Maximum number of calls in the history, enough for a call every other day for a year. `bounded` determines which
 * calls are dropped.
 */
export const MAX_RECORDS = 200;
/**
 * Maximum number of unanswered calls from people who are not contacts. The limit leaves room in the history
 * for other calls.
 */
export const MAX_STRANGER_RECORDS = 50;
/** Maximum number of contacts. The least recently changed contacts are dropped first. */
const MAX_CONTACTS = 1_000;

const contactsSchema = z.array(contactSchema).transform((contacts) => contacts.slice(0, MAX_CONTACTS));
const historySchema = z.array(callRecordSchema).transform((records) => records.slice(0, MAX_RECORDS));

/** The user's contacts and call history, stored in the data folder. */
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

  /**
   * Reads both files. Never rejects: if a file cannot be read, its list is empty and the user gets a notice.
   */
  static async load(dataDir: string): Promise<CallBook> {
    const book = new CallBook(dataDir);
    const onNotice = (notice: string) => book.#notice(notice);
    book.#contacts.set(await book.#contactsFile.load([], onNotice));
    book.#history.set(await book.#historyFile.load([], onNotice));
    return book;
  }

  /** The contacts, most recently changed first. */
  get contacts(): Readable<readonly Contact[]> {
    return this.#contacts;
  }

  /** The call history, newest first. */
  get history(): Readable<readonly CallRecord[]> {
    return this.#history;
  }

  /** Messages for the user about files that could not be read or saved. */
  get notices(): Readable<readonly string[]> {
    return this.#notices;
  }

  /** Resolves when every change so far has been saved or has failed to save. */
  async flushed(): Promise<void> {
    await this.#saving;
  }

  contactOf(peer: string): Contact | undefined {
    return this.#contacts.get().find((contact) => contact.peer === peer);
  }

  /** Whether the user has added the peer to the contacts. A peer that is only blocked is not a contact. */
  isContact(peer: string): boolean {
    const contact = this.contactOf(peer);
    return contact !== undefined && contact.access !== 'blocked';
  }

  /** Adds or replaces a peer's contact. Removes it if it has neither a name nor its own access rule. */
  async changeContact(contact: Contact): Promise<void> {
    const others = this.#contacts.get().filter((other) => other.peer !== contact.peer);
    const kept = contact.name !== '' || contact.access !== 'ask' ? [contact] : [];
    this.#contacts.set([...kept, ...others].slice(0, MAX_CONTACTS));
    await this.#keep(() => this.#contactsFile.save([...this.#contacts.get()]), 'contacts');
  }

  /** Adds a call to the history, or replaces the entry with the same id. */
  async record(call: CallRecord): Promise<void> {
    const others = this.#history.get().filter((other) => other.id !== call.id);
    await this.#setHistory([call, ...others]);
  }

  async removeRecord(id: string): Promise<void> {
    await this.#setHistory(this.#history.get().filter((call) => call.id !== id));
  }

  async #setHistory(history: readonly CallRecord[]): Promise<void> {
    this.#history.set(bounded(history, ({ peer }) => this.contactOf(peer) === undefined));
    await this.#keep(() => this.#historyFile.save([...this.#history.get()]), 'call history');
  }

  /**
   * Saves a file. Never rejects: if saving fails, the app continues with the data in memory and adds a notice for the
   * user.
   */
  #keep(save: () => Promise<void>, what: string): Promise<void> {
    const saved = this.#save(save, what);
    this.#saving = Promise.all([this.#saving, saved]);
    return saved;
  }

  async #save(save: () => Promise<void>, what: string): Promise<void> {
    try {
      await save();
    } catch (error) {
      log.warn(`${what} could not be saved: ${messageOf(error)}`);
      this.#notice(
        `Your ${what} cannot be saved (${messageOf(error)}). Changes are lost when the app is closed.`,
      );
    }
  }

  #notice(notice: string): void {
    if (!this.#notices.get().includes(notice)) this.#notices.update((notices) => [...notices, notice]);
  }
}

/**
 * Returns at most `MAX_RECORDS` calls, newest first. Drops the oldest unanswered incoming calls first, so
 * that a peer that calls constantly cannot push answered calls out of the history. Unanswered calls from
 * strangers have a separate, lower limit, so that they cannot push out unanswered calls from contacts.
 */
function bounded(
  history: readonly CallRecord[],
  isStranger: (record: CallRecord) => boolean,
): readonly CallRecord[] {
  let strangers = 0;
  const kept = history.filter((record) => {
    if (isUnanswered(record) && isStranger(record)) strangers += 1;
    else return true;
    return strangers <= MAX_STRANGER_RECORDS;
  });
  while (kept.length > MAX_RECORDS) {
    const unanswered = kept.findLastIndex(isUnanswered);
    kept.splice(unanswered < 0 ? kept.length - 1 : unanswered, 1);
  }
  return kept;
}

function isUnanswered({ direction, durationMs }: CallRecord): boolean {
  return direction === 'in' && durationMs === 0;
}
