import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { JsonFile } from '../../../../main/base/json-file.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'iroh-live-json-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const list = z.array(z.object({ id: z.string(), size: z.number().default(1) }));
const settings = z.object({ volume: z.number().max(1).default(0.5), token: z.string().max(9).default('') });

async function load<S extends z.ZodType>(schema: S, text: string, fallback: z.input<S>) {
  const path = join(folder, 'x.json');
  await writeFile(path, text);
  const notices: string[] = [];
  const value = await new JsonFile(path, schema).load(fallback, (notice) => notices.push(notice));
  const [stored, copy] = await Promise.all([
    readFile(path, 'utf8').catch(() => null),
    readFile(`${path}.damaged`, 'utf8').catch(() => null),
  ]);
  return { value, notices, stored, copy };
}

describe('JsonFile', () => {
  it('reads a valid file without touching it', async () => {
    const text = '[{"id":"a"}]';
    expect(await load(list, text, [])).toEqual({
      value: [{ id: 'a', size: 1 }],
      notices: [],
      stored: text,
      copy: null,
    });
  });

  it('keeps the good records, copies the file and repairs it', async () => {
    const text = '[{"id":"a"},{"id":5},null,{"id":"b","size":"x"},{"id":"c","size":3}]';
    const { value, notices, stored, copy } = await load(list, text, []);
    const good = [
      { id: 'a', size: 1 },
      { id: 'c', size: 3 },
    ];
    expect(value).toEqual(good);
    expect(notices).toEqual([expect.stringMatching(/^Invalid entries in .*x\.json were left out/)]);
    expect(JSON.parse(stored ?? '')).toEqual(good);
    expect(copy).toBe(text);
  });

  it('replaces only the bad settings with their defaults, and logs no value', async () => {
    const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    const { value } = await load(settings, '{"volume":0.9,"token":"secret and too long"}', {});
    const logged = write.mock.calls.join();
    write.mockRestore();
    expect(value).toEqual({ volume: 0.9, token: '' });
    expect(logged).toContain('token');
    expect(logged).not.toContain('secret');
  });

  it.skipIf(process.platform === 'win32')('lets only the owner read the copy', async () => {
    await load(settings, '{"volume":9,"token":"secret"}', {});
    expect((await stat(join(folder, 'x.json.damaged'))).mode & 0o077).toBe(0);
  });

  it.each(['', '{"volume":', '[1', '"text"', '5', 'null', '[]'])('sets aside %j', async (text) => {
    const { value, notices, stored, copy } = await load(settings, text, {});
    expect(value).toEqual({ volume: 0.5, token: '' });
    expect(notices).toHaveLength(1);
    expect([stored, copy]).toEqual([null, text]);
  });

  it('keeps one copy of limited size', async () => {
    const bad = `{"id":5,"x":"${'y'.repeat(3_000_000)}"}`;
    const { value, copy } = await load(list, `[${bad},{"id":"a"}]`, []);
    expect(value).toEqual([{ id: 'a', size: 1 }]);
    expect(copy?.length).toBe(1024 * 1024);
    await load(list, '[{"id":"b"},5]', []);
    expect((await readdir(folder)).sort()).toEqual(['x.json', 'x.json.damaged']);
  });
});

describe('a file that was changed in an editor', () => {
  it('may begin with a byte order mark, as from Notepad', async () => {
    const found = await load(settings, '\ufeff{"volume":0.25}', {});
    expect(found).toMatchObject({ value: { volume: 0.25 }, notices: [], copy: null });
  });
});
