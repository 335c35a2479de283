import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { CallRecord } from '../../../../common/bridge/bridge.ts';
import { CallBook } from '../../../../main/calls/call-book.ts';
import { MAX_RECORDS, MAX_STRANGER_RECORDS } from '../../../../main/calls/call-history.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'iroh-live-book-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const record = (id: string): CallRecord => ({
  id,
  peer: 'p',
  remoteName: 'Ann',
  direction: 'in',
  startedAtMs: 1,
  durationMs: 2,
  outcome: 'done',
  ticket: null,
});

test('keeps contacts and calls across a restart', async () => {
  const book = await CallBook.load(folder);
  await book.changeContact({ peer: 'p', name: 'Ann', access: 'auto' });
  await book.changeContact({ peer: 'q', name: '', access: 'blocked' });
  await book.changeContact({ peer: 'p', name: 'Anna', access: 'ask' });
  await book.record(record('1'));
  await book.record(record('2'));
  await book.removeRecord('1');
  const again = await CallBook.load(folder);
  expect(again.contacts.get()).toEqual([
    { peer: 'p', name: 'Anna', access: 'ask' },
    { peer: 'q', name: '', access: 'blocked' },
  ]);
  expect(again.contactOf('q')?.access).toBe('blocked');
  expect(again.history.get()).toEqual([record('2')]);
  await again.changeContact({ peer: 'q', name: '', access: 'ask' });
  expect(again.contactOf('q')).toBeUndefined();
});

test('limits the history and drops the oldest calls first', async () => {
  const book = await CallBook.load(folder);
  for (let i = 0; i <= MAX_RECORDS; i += 1) void book.record(record(String(i)));
  await book.flushed();
  expect(book.history.get()).toHaveLength(MAX_RECORDS);
  expect(book.history.get()[0]?.id).toBe(String(MAX_RECORDS));
});

test('keeps answered calls in the history when there are many unanswered calls', async () => {
  const book = await CallBook.load(folder);
  await book.record(record('talk'));
  const missed = { durationMs: 0, outcome: 'missed' } as const;
  await book.changeContact({ peer: 'p', name: 'Ann', access: 'ask' });
  for (let i = 0; i <= MAX_RECORDS; i += 1) void book.record({ ...record(String(i)), ...missed });
  await book.flushed();
  const kept = book.history.get();
  expect(kept).toHaveLength(MAX_RECORDS);
  expect(kept[0]?.id).toBe(String(MAX_RECORDS));
  expect(kept.at(-1)?.id).toBe('talk');
});

test('keeps only the newest unanswered calls of strangers, and all calls of contacts', async () => {
  const book = await CallBook.load(folder);
  await book.changeContact({ peer: 'friend', name: 'Ann', access: 'ask' });
  const missed = { durationMs: 0, outcome: 'missed' } as const;
  await book.record({ ...record('friend'), ...missed, peer: 'friend' });
  for (let i = 0; i < 3 * MAX_STRANGER_RECORDS; i += 1)
    void book.record({ ...record(String(i)), ...missed, peer: `stranger ${i}` });
  await book.flushed();
  const kept = book.history.get();
  expect(kept).toHaveLength(MAX_STRANGER_RECORDS + 1);
  expect(kept[0]?.id).toBe(String(3 * MAX_STRANGER_RECORDS - 1));
  expect(kept.at(-1)?.id).toBe('friend');
});

test('leaves out one bad record, keeps the others and a copy of the file, and adds a notice', async () => {
  const good = { peer: 'p', name: 'Ann', access: 'blocked' };
  const text = JSON.stringify([{ peer: 5 }, good, { peer: 'q', name: 'x'.repeat(300), access: 'ask' }, null]);
  await writeFile(join(folder, 'contacts.json'), text);
  const calls = JSON.stringify([{ ...record('1'), outcome: 'unknown' }, record('2')]);
  await writeFile(join(folder, 'calls.json'), calls);
  const book = await CallBook.load(folder);
  expect(book.contacts.get()).toEqual([good]);
  expect(book.history.get()).toEqual([record('2')]);
  expect(book.notices.get()).toHaveLength(2);
  expect(await readFile(join(folder, 'contacts.json.damaged'), 'utf8')).toBe(text);
  expect(await readFile(join(folder, 'calls.json.damaged'), 'utf8')).toBe(calls);
  // The notices do not appear again, because the first load repaired the files.
  const again = await CallBook.load(folder);
  expect(again.contacts.get()).toEqual([good]);
  expect(again.notices.get()).toEqual([]);
});

test('sets a file aside that is not a list, and adds a notice', async () => {
  await writeFile(join(folder, 'contacts.json'), '{"peer":5}');
  const book = await CallBook.load(folder);
  expect(book.contacts.get()).toEqual([]);
  expect(book.notices.get()).toHaveLength(1);
  expect(await readFile(join(folder, 'contacts.json.damaged'), 'utf8')).toBe('{"peer":5}');
});

test('continues without saving when the folder is not writable', async () => {
  const book = await CallBook.load(folder);
  await rm(folder, { recursive: true });
  await writeFile(folder, 'not a folder');
  await book.record(record('1'));
  expect(book.history.get()).toHaveLength(1);
  expect(book.notices.get()[0]).toMatch(/cannot be saved/);
});
