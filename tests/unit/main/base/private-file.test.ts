import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  createPrivateFile,
  restrictToOwner,
  warnIfReadable,
  warnIfWritable,
  writePrivateFile,
  writePrivateFileSync,
} from '../../../../main/base/private-file.ts';

const MODULE = new URL('../../../../main/base/private-file.ts', import.meta.url).href;

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'iroh-live-private-'));
  file = join(folder, 'data', 'file');
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(folder, { recursive: true, force: true });
});

const modeOf = async (path: string) => ((await stat(path)).mode & 0o777).toString(8);
const names = () => readdir(join(folder, 'data'));
/** Captures the log. Returns a function that returns everything logged so far. */
function captureLog(): () => string {
  const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  return () => write.mock.calls.map(([text]) => String(text)).join('');
}

describe.skipIf(process.platform === 'win32')('a private file', () => {
  it('is readable only by its owner, even if it replaces a file that everyone could read', async () => {
    await writePrivateFile(file, 'one');
    await chmod(file, 0o644);
    await writePrivateFile(file, 'two');
    expect([await readFile(file, 'utf8'), await modeOf(file)]).toEqual(['two', '600']);
    await chmod(file, 0o644);
    writePrivateFileSync(file, 'three');
    expect([await readFile(file, 'utf8'), await modeOf(file)]).toEqual(['three', '600']);
    expect([await names(), await modeOf(join(folder, 'data'))]).toEqual([['file'], '700']);
  });

  it('is never replaced by `createPrivateFile`, and is the same for all processes that create it', async () => {
    await Promise.all(Array.from({ length: 20 }, (_, i) => createPrivateFile(file, `secret ${i}`)));
    const text = await readFile(file, 'utf8');
    expect(text).toMatch(/^secret \d+$/);
    await createPrivateFile(file, 'another');
    expect([await readFile(file, 'utf8'), await names()]).toEqual([text, ['file']]);
  });

  it('keeps its previous version if a write fails, and leaves no draft', async () => {
    await writePrivateFile(file, 'one');
    // These writes fail, because a file cannot replace a folder.
    await expect(writePrivateFile(join(folder, 'data'), 'x')).rejects.toThrow();
    expect(() => writePrivateFileSync(join(folder, 'data'), 'x')).toThrow();
    expect([await readFile(file, 'utf8'), await readdir(folder)]).toEqual(['one', ['data']]);
  });

  it('is complete at every moment, even if the process is killed while it writes', async () => {
    const script = `import { writePrivateFile } from ${JSON.stringify(MODULE)};
      for (let i = 0; ; i += 1) await writePrivateFile(${JSON.stringify(file)}, String(i % 10).repeat(200_000));`;
    for (let round = 0; round < 5; round += 1) {
      const writer = execFile(process.execPath, ['--input-type=module', '-e', script], () => undefined);
      await vi.waitFor(() => stat(file), { timeout: 10_000 });
      await new Promise((resolve) => setTimeout(resolve, 50));
      writer.kill('SIGKILL');
      expect(await readFile(file, 'utf8')).toMatch(/^(\d)\1{199999}$/);
    }
  }, 30_000);

  it('loses the access of other users when it is read, and a warning says so', async () => {
    const log = captureLog();
    await writePrivateFile(file, 'x');
    await restrictToOwner(file, 'the secret');
    expect(log()).toBe('');
    await chmod(file, 0o640);
    await restrictToOwner(file, 'the secret');
    expect(await modeOf(file)).toBe('600');
    expect(log()).toContain(`the secret ${file} was readable by other users`);
  });
});

describe.skipIf(process.platform === 'win32')('a file of the user', () => {
  it('causes a warning if everyone can read a secret in it, or others can change it', async () => {
    const path = join(folder, 'key.jwk');
    await writeFile(path, 'x', { mode: 0o640 });
    const log = captureLog();
    await warnIfReadable(path, 'the signing key');
    await warnIfWritable(path, 'the configuration file');
    expect(log()).toBe('');
    await chmod(path, 0o664);
    await warnIfReadable(path, 'the signing key');
    await warnIfWritable(path, 'the configuration file');
    expect(log()).toContain(
      `the signing key ${path} is readable by every user of this machine; run: chmod 600`,
    );
    expect(log()).toContain(`the configuration file ${path} can be changed by other users; run: chmod go-w`);
    expect(await modeOf(path)).toBe('664');
  });

  it('gets a secret from a redirected command without becoming readable by others', async () => {
    const path = join(folder, 'relay.key');
    const script = `import { restrictStdout } from ${JSON.stringify(MODULE)}; restrictStdout(); console.log('secret');`;
    await promisify(execFile)('sh', [
      '-c',
      'umask 022; "$0" --input-type=module -e "$1" > "$2"',
      process.execPath,
      script,
      path,
    ]);
    expect([await readFile(path, 'utf8'), await modeOf(path)]).toEqual(['secret\n', '600']);
  });
});
