import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { runTokenCommand } from '../../main/relay/cli/token-command.ts';

/** Creates a relay's key file that all tests of a test file share. Returns a function that returns its path. */
export function signingKeyForAll(): () => string {
  let folder = '';
  const keyFile = () => join(folder, 'key.jwk');
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'iroh-live-relay-keys-'));
    await writeFile(keyFile(), await runTokenCommand({ action: 'key', algorithm: 'ES256' }), { mode: 0o600 });
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));
  return keyFile;
}
