import { chmod, mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  CLUSTER_SECRET_FILE,
  loadClusterSecret,
  matchesSecret,
} from '../../../../../main/relay/cluster/cluster-secret.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cluster-secret-'));
  return () => rm(folder, { recursive: true });
});

describe('the secret of a cluster', () => {
  it('is created once, in a file that only its owner can read', async () => {
    const secret = await loadClusterSecret(join(folder, 'data'));
    expect(secret).toMatch(/^[0-9a-f]{32}$/);
    expect(await loadClusterSecret(join(folder, 'data'))).toBe(secret);
    if (process.platform === 'win32') return;
    const file = join(folder, 'data', CLUSTER_SECRET_FILE);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    await chmod(file, 0o644);
    await loadClusterSecret(join(folder, 'data'));
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  it('is matched exactly', async () => {
    const secret = await loadClusterSecret(folder);
    expect(matchesSecret(secret, secret)).toBe(true);
    for (const wrong of [null, '', secret.slice(1), `${secret}0`, secret.toUpperCase().replace(/^./, 'x')])
      expect(matchesSecret(wrong, secret)).toBe(false);
  });

  it('is refused if it is short', async () => {
    await writeFile(join(folder, CLUSTER_SECRET_FILE), 'short\n', { mode: 0o600 });
    await expect(loadClusterSecret(folder)).rejects.toThrow('it has fewer than 32 characters');
  });

  it('has different errors for a file that cannot be created and for one that cannot be read', async () => {
    const noFolder = join(folder, 'file');
    await writeFile(noFolder, '');
    const file = (dir: string) => join(dir, CLUSTER_SECRET_FILE);
    await expect(loadClusterSecret(noFolder)).rejects.toThrow(
      `The cluster's secret in ${file(noFolder)} cannot be used: a part of its path is a file, not a folder`,
    );
    // procfs has no folder for this process id, and none can be created.
    if (process.platform === 'linux')
      await expect(loadClusterSecret('/proc/none')).rejects.toThrow(
        "The cluster's secret in /proc/none/cluster.secret cannot be used: it does not exist and cannot be created",
      );
    await mkdir(file(folder));
    await expect(loadClusterSecret(folder)).rejects.toThrow(
      `The cluster's secret in ${file(folder)} cannot be used: it is a folder, not a file`,
    );
  });
});
