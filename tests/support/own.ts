import { afterEach } from 'vitest';

/** A resource that a test opens and that must be closed. */
interface Closable {
  close(): unknown;
}

/**
 * Registers a hook that closes resources after each test, newest first. Returns a function that registers its
 * arguments with the hook and returns the first one.
 */
export function closeAfterEach(): <T extends Closable>(opened: T, ...more: Closable[]) => T {
  const open: Closable[] = [];
  afterEach(async () => {
    for (const opened of open.splice(0).reverse()) await opened.close();
  });
  return (opened, ...more) => {
    open.push(opened, ...more);
    return opened;
  };
}
