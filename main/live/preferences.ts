import { join } from 'node:path';
import { z } from 'zod';
import { messageOf } from '../../common/base/errors.ts';
import { type Readable, Store } from '../../common/base/store.ts';
import {
  MAX_NAME_CHARS,
  type Recent,
  recentSchema,
  type Settings,
  settingsSchema,
} from '../../common/bridge/bridge.ts';
import { formatTicket, parseTicket } from '../../common/ticket/ticket.ts';
import { JsonFile } from '../base/json-file.ts';
import { log } from '../base/log.ts';

/** Tickets remembered; the oldest go first. */
export const MAX_RECENTS = 50;

/** What the app remembers between starts: settings, and the tickets watched lately. */
export class Memory {
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

  static async load(dataDir: string): Promise<Memory> {
    const memory = new Memory(dataDir);
    const onNotice = (notice: string) => memory.#notice(notice);
    memory.#settings.set(await memory.#settingsFile.load({}, onNotice));
    memory.#recents.set(await memory.#recentsFile.load([], onNotice));
    return memory;
  }

  get settings(): Readable<Settings> {
    return this.#settings;
  }

  get recents(): Readable<readonly Recent[]> {
    return this.#recents;
  }

  /** What could not be read or kept, in words. */
  get notices(): Readable<readonly string[]> {
    return this.#notices;
  }

  async changeSettings(change: Partial<Settings>): Promise<Settings> {
    this.#settings.update((settings) => settingsSchema.parse({ ...settings, ...change }));
    await this.#keep(() => this.#settingsFile.save(this.#settings.get()), 'settings');
    return this.#settings.get();
  }

  /** Adds a ticket, or moves it to the top. Throws TicketError. */
  async touchRecent(text: string): Promise<void> {
    const ticket = parseTicket(text);
    const normal = formatTicket(ticket);
    // The same broadcast of the same person, with newer addresses, is the same entry.
    const same = (recent: Recent) => {
      const other = parseTicket(recent.ticket);
      return other.endpointId === ticket.endpointId && other.broadcastName === ticket.broadcastName;
    };
    const before = this.#recents.get().find(same);
    const label = before?.label ?? ticket.broadcastName.slice(0, MAX_NAME_CHARS);
    await this.#setRecents([
      { ticket: normal, label, lastWatchedAtMs: Date.now() },
      ...this.#recents.get().filter((recent) => !same(recent)),
    ]);
  }

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
    await this.#keep(() => this.#recentsFile.save([...this.#recents.get()]), 'watched tickets');
  }

  /** A disk that takes nothing must not take the app away: it goes on with what it holds, and says so. */
  async #keep(save: () => Promise<void>, what: string): Promise<void> {
    try {
      await save();
    } catch (error) {
      log.warn(`${what} not saved: ${messageOf(error)}`);
      this.#notice(
        `Your ${what} cannot be saved (${messageOf(error)}). They are kept until the app is closed.`,
      );
    }
  }

  #notice(notice: string): void {
    if (!this.#notices.get().includes(notice)) this.#notices.update((notices) => [...notices, notice]);
  }
}

/** A stored ticket that no longer parses is dropped rather than making the rest unreadable. */
const recentsSchema = z
  .array(recentSchema)
  .transform((recents) => recents.filter((recent) => isTicket(recent.ticket)).slice(0, MAX_RECENTS));

function isTicket(text: string): boolean {
  try {
    parseTicket(text);
    return true;
  } catch {
    return false;
  }
}
