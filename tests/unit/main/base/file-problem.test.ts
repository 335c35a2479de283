import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, test } from 'vitest';
import { makeFolder } from '../../../../main/base/data-folder.ts';
import { fileProblem } from '../../../../main/base/file-problem.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'file-problem-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

function problemOf(path: string): string | null {
  try {
    makeFolder(path);
    return null;
  } catch (error) {
    return fileProblem(error);
  }
}

describe('the problem with a data folder is explained', () => {
  it('for a file with its name or in its path, a dangling link and a name that is too long', () => {
    writeFileSync(join(folder, 'file'), '');
    symlinkSync('/nowhere/at/all', join(folder, 'link'));
    expect(problemOf(join(folder, 'file'))).toBe('a file with this name exists');
    expect(problemOf(join(folder, 'file', 'data'))).toBe('a part of its path is a file, not a folder');
    expect(problemOf(join(folder, 'link'))).toBe('a file with this name exists');
    expect(problemOf(join(folder, 'x'.repeat(300)))).toBe('its path is too long');
  });

  it.runIf(process.platform === 'linux')('for a folder in /proc', () => {
    expect(problemOf('/proc/nothing')).toBe('it does not exist and cannot be created');
  });

  it('but a folder that exists has none', () => {
    mkdirSync(join(folder, 'there'));
    expect(problemOf(join(folder, 'there'))).toBeNull();
  });

  test.each(['EACCES', 'EDQUOT', 'EIO', 'ENOSPC', 'EPERM', 'EROFS', 'ESTALE', 'EMFILE'])(
    'for %s, which no test can provoke',
    (code) => {
      expect(constants.errno).toHaveProperty(code);
      const error = Object.assign(new Error(`${code}: raw, mkdir '/x'`), { code });
      expect(fileProblem(error)).toMatch(/^[a-z][a-z -]+$/);
    },
  );

  it('and the message of any other error remains', () => {
    expect(fileProblem(new Error('Something else'))).toBe('Something else');
  });
});
