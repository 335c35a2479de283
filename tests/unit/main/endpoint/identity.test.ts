import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { IdentityError, KEY_FILE, loadIdentity } from '../../../../main/endpoint/identity.ts';

let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'identity-'));
});

afterEach(async () => {
  await rm(dir, { recursive: true, force: true });
});

async function faultOf(dataDir: string): Promise<IdentityError> {
  try {
    await loadIdentity(dataDir);
  } catch (error) {
    if (error instanceof IdentityError) return error;
    throw error;
  }
  throw new Error('no error');
}

describe('a new key', () => {
  test('is created once, is readable only by its owner, and is kept', async () => {
    const dataDir = join(dir, 'new', 'folder');
    const key = await loadIdentity(dataDir);
    expect(key).toHaveLength(32);
    expect(await loadIdentity(dataDir)).toEqual(key);
    expect(await readFile(join(dataDir, KEY_FILE), 'latin1')).toBe(`${Buffer.from(key).toString('hex')}\n`);
    expect((await stat(join(dataDir, KEY_FILE))).mode & 0o777).toBe(0o600);
    expect((await stat(dataDir)).mode & 0o777).toBe(0o700);
    expect(await readdir(dataDir)).toEqual([KEY_FILE]);
  });

  test('is the same for all callers that create it concurrently', async () => {
    for (let round = 0; round < 30; round++) {
      const dataDir = join(dir, String(round));
      const keys = await Promise.all(
        Array.from({ length: 8 }, async (_, steps) => {
          // The calls are staggered, so that some of them read while another one writes.
          for (let i = 0; i < 3 * steps; i++) await new Promise((resolve) => setImmediate(resolve));
          return loadIdentity(dataDir);
        }),
      );
      expect(new Set(keys.map((key) => Buffer.from(key).toString('hex')))).toHaveLength(1);
      expect(await readdir(dataDir)).toEqual([KEY_FILE]);
    }
  });

  test('is the same for two processes that create it concurrently', async () => {
    const script = `import { loadIdentity } from ${JSON.stringify(new URL('../../../../main/endpoint/identity.ts', import.meta.url).href)};
      process.stdout.write(Buffer.from(await loadIdentity(process.argv[1])).toString('hex'));`;
    const run = () => promisify(execFile)(process.execPath, ['--input-type=module', '-e', script, dir]);
    const [a, b] = await Promise.all([run(), run()]);
    expect(a.stdout).toHaveLength(64);
    expect(a.stdout).toBe(b.stdout);
  });

  test('cannot be created in a folder that is actually a file', async () => {
    const file = join(dir, 'file');
    await writeFile(file, '');
    const error = await faultOf(join(file, 'below'));
    expect(error.reason).toBe('folder');
    expect(error.message).toContain(file);
  });

  test('cannot be created in a folder that is not writable', async () => {
    // Not even root can write to /proc.
    const error = await faultOf('/proc/self/fd');
    expect(error.reason).toBe('folder');
    expect(error.message).toContain('/proc/self/fd');
  });
});

describe('an existing key', () => {
  const good = '01'.repeat(32);

  test.each([good, `${good}\n`, `${good}\r\n`, `${good.toUpperCase()}\n`, 'AB'.repeat(32)])(
    'is read: %j',
    async (text) => {
      await writeFile(join(dir, KEY_FILE), text, { mode: 0o600 });
      expect(await loadIdentity(dir)).toEqual(Uint8Array.from(Buffer.from(text.trim(), 'hex')));
      expect(await readFile(join(dir, KEY_FILE), 'latin1')).toBe(text);
    },
  );

  test.each([
    '',
    good.slice(1),
    `${good}0`,
    good.replace('0', 'g'),
    ` ${good}`,
    `${good}\n\n`,
    'x'.repeat(100_000),
  ])('is reported as damaged and left unchanged: %#', async (text) => {
    const file = join(dir, KEY_FILE);
    await writeFile(file, text, { mode: 0o600 });
    const error = await faultOf(dir);
    expect(error.reason).toBe('damaged');
    expect(error.message).toContain(file);
    expect(await readFile(file, 'latin1')).toBe(text);
    expect(await readdir(dir)).toEqual([KEY_FILE]);
  });

  test('is reported as damaged if it is a folder', async () => {
    await mkdir(join(dir, KEY_FILE));
    expect((await faultOf(dir)).reason).toBe('damaged');
  });

  test('is made unreadable for other users', async () => {
    const file = join(dir, KEY_FILE);
    await writeFile(file, good);
    await chmod(file, 0o644);
    await loadIdentity(dir);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });
});
