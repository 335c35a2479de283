import { join } from 'node:path';
import { z } from 'zod';
import { messageOf } from '../../common/base/errors.ts';
import { type Readable, Store } from '../../common/base/store.ts';
import { type Recent, recentSchema, type Settings, settingsSchema } from '../../common/bridge/bridge.ts';
import { randomName, SECRET_NAME_DIGITS } from '../../common/ticket/random-name.ts';
import { formatTicket, parseTicket } from '../../common/ticket/ticket.ts';
import { sanitizeName } from '../../common/words/display-name.ts';
import { fileProblem } from '../base/file-problem.ts';
import { JsonFile } from '../base/json-file.ts';
import { log } from '../base/log.ts';

/** Maximum number of recently watched tickets. The oldest are dropped first. */
export const MAX_RECENTS = 50;

/** The settings and the recently watched tickets, stored in the data folder. */
export class Preferences {
  readonly #settingsFile: JsonFile<typeof settingsSchema>;
  readonly #recentsFile: JsonFile<typeof recentsSchema>;
  readonly #settings: Store<Settings>;
  readonly #recents: Store<readonly Recent[]>;
  readonly #notices = new Store<readonly string[]>([]);

  private constructor(dataDir: string) {
    this.#settingsFile = new JsonFile(join(dataDir, 'settings.json'), settingsSchema);
    this.#recentsFile = new JsonFile(join(dataDir, 'recents.json'), recentsSchema);
    this.#settings = new Store(settingsSchema.parse({}));
    this.#recents = new Store<readonly Recent[]>([]);
  }

  /**
   * Reads both files, and generates a broadcast name if there is none. Never rejects: if a file cannot be
   * read, its defaults are used and the user gets a notice.
   */
  static async load(dataDir: string): Promise<Preferences> {
    const preferences = new Preferences(dataDir);
    const onNotice = (notice: string) => preferences.#notice(notice);
    preferences.#settings.set(await preferences.#settingsFile.load({}, onNotice));
    preferences.#recents.set(await preferences.#recentsFile.load([], onNotice));
    // The generated name is hard to guess, because anyone who has one of this app's tickets can watch another
    // broadcast by guessing its name.
    if (preferences.#settings.get().broadcastName === '')
      await preferences.changeSettings({ broadcastName: randomName({ digits: SECRET_NAME_DIGITS }) });
    return preferences;
  }

  get settings(): Readable<Settings> {
    return this.#settings;
  }

  /** The watched tickets, most recently watched first. */
  get recents(): Readable<readonly Recent[]> {
    return this.#recents;
  }

  /** Messages for the user about files that could not be read or saved. */
  get notices(): Readable<readonly string[]> {
    return this.#notices;
  }

  /** Applies and saves a change. Returns the resulting settings. */
  async changeSettings(change: Partial<Settings>): Promise<Settings> {
    this.#settings.update((settings) => settingsSchema.parse({ ...settings, ...change }));
    await this.#save(() => this.#settingsFile.save(this.#settings.get()), 'settings');
    return this.#settings.get();
  }

  /** Adds a ticket, or moves it to the top if it is already listed. @throws TicketError if the text is not a ticket */
  async touchRecent(text: string): Promise<void> {
    const ticket = parseTicket(text);
    const normal = formatTicket(ticket);
    // The new ticket replaces any entry for the same broadcast by the same peer, even if the addresses differ.
    const isSame = (recent: Recent) => {
      const other = parseTicket(recent.ticket);
      return other.endpointId === ticket.endpointId && other.broadcastName === ticket.broadcastName;
    };
    const before = this.#recents.get().find(isSame);
    const label = before?.label ?? sanitizeName(ticket.broadcastName);
    await this.#setRecents([
      { ticket: normal, label, lastWatchedAtMs: Date.now() },
      ...this.#recents.get().filter((recent) => !isSame(recent)),
    ]);
  }

  /** Renames a ticket. Does nothing if it is not among the recent tickets. */
  async renameRecent(ticket: string, label: string): Promise<void> {
    await this.#setRecents(
      this.#recents.get().map((recent) => (recent.ticket === ticket ? { ...recent, label } : recent)),
    );
  }

  async removeRecent(ticket: string): Promise<void> {
    await this.#setRecents(this.#recents.get().filter((recent) => recent.ticket !== ticket));
  }

  async #setRecents(recents: readonly Recent[]): Promise<void> {
    this.#recents.set(recents.slice(0, MAX_RECENTS));
    await this.#save(() => this.#recentsFile.save([...this.#recents.get()]), 'watched tickets');
  }

  /**
   * Saves a file. Never rejects: if saving fails, the app continues with the data in memory and adds a notice for the
   * user.
   */
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

const recentsSchema = z
  .array(recentSchema.refine(({ ticket }) => isTicket(ticket), 'This is not a ticket'))
  .transform((recents) => recents.slice(0, MAX_RECENTS));

function isTicket(text: string): boolean {
  try {
    parseTicket(text);
    return true;
  } catch {
    return false;
  }
}
