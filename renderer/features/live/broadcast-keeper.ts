import { Scope } from '../../../common/base/scope.ts';
import type { SourceKind } from '../../media/shared/source-types.ts';
import type { LiveServices } from './live-services.ts';
import { clearSavedBroadcast, loadBroadcast, type SavedBroadcast, saveBroadcast } from './saved-broadcast.ts';
import { type FileKeeper, notKeptText } from './saved-file.ts';
import type { SourceSelector } from './source-selector.ts';

/** Saves the running broadcast and its file, so that a reload of the window can resume it. */
export class BroadcastKeeper {
  readonly #services: LiveServices;
  readonly #sources: SourceSelector;
  readonly #files: FileKeeper;
  readonly #scope = new Scope();
  /** The file that is stored; null if none is stored. */
  #keptFile: File | null = null;
  /** Whether the user is ending the running broadcast, which must not be saved again. */
  #ending = false;

  constructor(services: LiveServices, sources: SourceSelector, files: FileKeeper) {
    this.#services = services;
    this.#sources = sources;
    this.#files = files;
    this.#scope.own(services.media.publisher.state.subscribe(() => this.#save()));
    this.#scope.own(sources.openedFile.subscribe(() => this.#save()));
  }

  /** Returns the broadcast that was running before the reload; null if there was none. */
  load(): SavedBroadcast | null {
    return loadBroadcast();
  }

  /** Returns the stored file of the broadcast `name`; null if there is none. Never rejects. */
  async loadFile(name: string): Promise<File | null> {
    const file = await this.#files.load(name);
    if (file) this.#keptFile = file;
    return file;
  }

  /** Removes the files of all broadcasts that no window is running, except the file of the broadcast `name`. */
  removeStaleFiles(name: string | null): void {
    void this.#files.removeStale(name);
  }

  /** Removes the saved broadcast and its file when the user ends the broadcast or declines to resume it. */
  discard(): void {
    this.#ending = this.#services.media.publisher.state.get().phase === 'live';
    clearSavedBroadcast();
    this.#releaseFile();
  }

  /** Stops saving. The saved broadcast stays, because a reload also closes the window's models. */
  close(): Promise<void> {
    return this.#scope.close();
  }

  #save(): void {
    const { phase, name, source } = this.#services.media.publisher.state.get();
    if (phase !== 'live') this.#ending = false;
    if (phase !== 'live' || name === null || this.#ending) return;
    saveBroadcast({ name, source });
    this.#keepFile(name, source);
  }

  /** Stores the broadcast's file, or removes the stored file if the source is not a file. */
  #keepFile(name: string, source: SourceKind): void {
    const file = source === 'file' ? this.#sources.openedFile.get() : null;
    if (file === this.#keptFile) return;
    if (!file) {
      this.#releaseFile();
      return;
    }
    this.#keptFile = file;
    this.#files.keep(name, file).catch((error: unknown) => {
      if (this.#keptFile === file) this.#services.toasts.show(notKeptText(error));
    });
  }

  #releaseFile(): void {
    this.#keptFile = null;
    void this.#files.clear();
  }
}
