import { log } from '../../base/log.ts';
import { RepeatedCheck } from '../../base/repeated-check.ts';
import { loadVerifyingKeys, type VerifyingKey } from './keys.ts';

/** How often the files are read again, in ms. Certificate files are read again at the same interval. */
const CHECK_MS = 5_000;

/**
 * The keys of all `--auth-key` files. The files are read again while the relay runs, so keys can be changed
 * without a restart. While a file is missing or invalid, the previous keys of all files stay in use.
 */
export class KeyFiles {
  readonly #files: readonly string[];
  readonly #check: RepeatedCheck;
  #keys: readonly VerifyingKey[];

  private constructor(files: readonly string[], keys: readonly VerifyingKey[], checkMs: number) {
    this.#files = files;
    this.#keys = keys;
    this.#check = new RepeatedCheck(() => this.#read(), checkMs);
  }

  /** Reads the files. @throws Error that names the option and the file */
  static async open(files: readonly string[], checkMs = CHECK_MS): Promise<KeyFiles> {
    return new KeyFiles(files, await readAll(files), checkMs);
  }

  /** The current keys, in the order of the files. Empty if there are no files, which means that no token is accepted. */
  get keys(): readonly VerifyingKey[] {
    return this.#keys;
  }

  /** Reads the files again now. Never rejects. */
  reload(): Promise<void> {
    return this.#check.run();
  }

  /** Stops reading the files. */
  close(): void {
    this.#check.close();
  }

  async #read(): Promise<void> {
    const before = idsOf(this.#keys);
    this.#keys = await readAll(this.#files);
    const after = idsOf(this.#keys);
    if (after !== before) log.info(`tokens are verified with these keys now: ${after}`);
  }
}

async function readAll(files: readonly string[]): Promise<VerifyingKey[]> {
  return (await Promise.all(files.map((file) => loadVerifyingKeys(file, '--auth-key')))).flat();
}

function idsOf(keys: readonly VerifyingKey[]): string {
  return keys.map(({ kid, alg }) => `${kid ?? 'without an id'} (${alg})`).join(', ');
}
