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
import { isInContacts } from '../../common/words/caller-identity.ts';
import { fileProblem } from '../base/file-problem.ts';
import { JsonFile } from '../base/json-file.ts';
import { log } from '../base/log.ts';
import { knownPeers, limitHistory, MAX_RECORDS, type Standing } from './call-history.ts';

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
    return isInContacts(this.contactOf(peer));
  }

  /** Returns how much the user trusts the peer. */
  standingOf(peer: string): Standing {
    return this.#standing(peer, knownPeers(this.#history.get()));
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

  #standing(peer: string, known: ReadonlySet<string>): Standing {
    if (this.isContact(peer)) return 'contact';
    return known.has(peer) ? 'known' : 'stranger';
  }

  async #setHistory(history: readonly CallRecord[]): Promise<void> {
    const known = knownPeers(history);
    this.#history.set(limitHistory(history, (peer) => this.#standing(peer, known)));
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
        `Your ${what} cannot be saved: ${fileProblem(error)}. Changes are lost when the app is closed.`,
      );
    }
  }

  #notice(notice: string): void {
    if (!this.#notices.get().includes(notice)) this.#notices.update((notices) => [...notices, notice]);
  }
}
