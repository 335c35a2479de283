import { afterEach } from 'vitest';

/** A resource that a test opens. */
interface Closable {
  close(): unknown;
}

/**
 * Registers a hook that closes the owned resources after each test, newest first. Returns the function that adds resources to
 * them and returns its first argument.
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
