import { mkdtemp, readdir, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { methods } from '../../../../common/bridge/bridge.ts';
import { formatTicket } from '../../../../common/ticket/ticket.ts';
import { MAX_RECENTS, Preferences } from '../../../../main/live/preferences.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'iroh-live-preferences-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function ticket(broadcastName: string, ipAddrs: string[] = []): string {
  const endpointId = '8a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c';
  return formatTicket({ endpointId, relayUrls: [], ipAddrs, broadcastName });
}

describe('Preferences', () => {
  it('changes only the given settings, and keeps them across a restart', async () => {
    const preferences = await Preferences.load(folder);
    await preferences.changeSettings(
      methods['settings.change'].request.parse({ volume: 0.5 }) as { volume: number },
    );
    await preferences.changeSettings(
      methods['settings.change'].request.parse({ theme: 'dark' }) as { theme: 'dark' },
    );
    const again = await Preferences.load(folder);
    expect(again.settings.get()).toMatchObject({ volume: 0.5, theme: 'dark', muted: false });
    expect(() => methods['settings.change'].request.parse({ colour: 'red' })).toThrow();
    expect(() => methods['settings.change'].request.parse({ volume: 7 })).toThrow();
  });

  it('generates a broadcast name once, and keeps a name that is stored', async () => {
    const { broadcastName } = (await Preferences.load(folder)).settings.get();
    expect(broadcastName).toMatch(/^[a-z]+-[a-z]+-\d{6}$/);
    expect((await Preferences.load(folder)).settings.get().broadcastName).toBe(broadcastName);
    await writeFile(join(folder, 'settings.json'), JSON.stringify({ broadcastName: 'hello' }));
    expect((await Preferences.load(folder)).settings.get().broadcastName).toBe('hello');
    await writeFile(join(folder, 'settings.json'), JSON.stringify({ volume: 0.5 }));
    const other = (await Preferences.load(folder)).settings.get();
    expect(other).toMatchObject({ volume: 0.5, broadcastName: expect.stringMatching(/-\d{6}$/) });
    expect(other.broadcastName).not.toBe(broadcastName);
  });

  it('keeps tickets newest first, and only one per broadcast regardless of its addresses', async () => {
    const preferences = await Preferences.load(folder);
    await preferences.touchRecent(ticket('one'));
    await preferences.renameRecent(ticket('one'), 'Anna');
    await preferences.touchRecent(ticket('two'));
    await preferences.touchRecent(ticket('one', ['192.0.2.1:9']));
    const again = await Preferences.load(folder);
    expect(again.recents.get()).toMatchObject([
      { label: 'Anna', ticket: ticket('one', ['192.0.2.1:9']) },
      { label: 'two' },
    ]);
    await again.removeRecent(ticket('two'));
    expect(again.recents.get()).toHaveLength(1);
  });

  it('keeps a limited number of tickets, and rejects malformed tickets', async () => {
    const preferences = await Preferences.load(folder);
    for (let i = 0; i < MAX_RECENTS + 5; i += 1) await preferences.touchRecent(ticket(`show-${i}`));
    expect(preferences.recents.get()).toHaveLength(MAX_RECENTS);
    await expect(preferences.touchRecent('nonsense')).rejects.toThrow();
  });

  it('leaves out one bad setting or ticket, and keeps the others and a copy of the file', async () => {
    const settings = JSON.stringify({ volume: 7, theme: 'dark', whenBusy: 'sometimes', displayName: 'Ann' });
    await writeFile(join(folder, 'settings.json'), settings);
    const good = { ticket: ticket('one'), label: 'Anna', lastWatchedAtMs: 1 };
    const recents = JSON.stringify([{ ...good, ticket: 'nonsense' }, good, { label: 5 }]);
    await writeFile(join(folder, 'recents.json'), recents);
    const preferences = await Preferences.load(folder);
    expect(preferences.settings.get()).toMatchObject({
      volume: 1,
      theme: 'dark',
      whenBusy: 'decline',
      displayName: 'Ann',
    });
    expect(preferences.recents.get()).toEqual([good]);
    expect(preferences.notices.get()).toHaveLength(2);
    expect(await readFile(join(folder, 'settings.json.damaged'), 'utf8')).toBe(settings);
    expect(await readFile(join(folder, 'recents.json.damaged'), 'utf8')).toBe(recents);
  });

  it('labels a ticket with its broadcast’s name without invisible and stacked characters', async () => {
    const preferences = await Preferences.load(folder);
    await preferences.touchRecent(ticket('\u202Es\u3164how\u0351\u0352\u0353\u0354\u0355\u0356'));
    expect(preferences.recents.get()[0]?.label).toBe('show\u0353\u0354\u0355\u0356');
  });

  it('sets a damaged file aside, adds a notice, and continues with defaults', async () => {
    await writeFile(join(folder, 'settings.json'), '{"volume": 0.');
    const preferences = await Preferences.load(folder);
    expect(preferences.settings.get().volume).toBe(1);
    expect(preferences.notices.get().join()).toMatch(/damaged/);
    expect(await readFile(join(folder, 'settings.json.damaged'), 'utf8')).toBe('{"volume": 0.');
  });

  it.skipIf(process.platform === 'win32')('does not overwrite a file that it cannot read', async () => {
    // Use a symlink to itself, because root could read any other file.
    await symlink('settings.json', join(folder, 'settings.json'));
    const preferences = await Preferences.load(folder);
    await preferences.changeSettings({ volume: 0.5 });
    expect(preferences.settings.get().volume).toBe(0.5);
    expect(await readlink(join(folder, 'settings.json'))).toBe('settings.json');
    expect(preferences.notices.get().join()).toMatch(/cannot be read.*cannot be saved/s);
  });

  it('continues in memory and adds a notice when the folder is not writable', async () => {
    const notFolder = join(folder, 'file');
    await writeFile(notFolder, '');
    const preferences = await Preferences.load(notFolder);
    expect(await preferences.changeSettings({ volume: 0.3 })).toMatchObject({ volume: 0.3 });
    expect(preferences.notices.get().join()).toMatch(/cannot be saved/);
  });

  it('leaves no temporary files behind after concurrent writes', async () => {
    const preferences = await Preferences.load(folder);
    await Promise.all(Array.from({ length: 30 }, (_, i) => preferences.changeSettings({ volume: i / 30 })));
    expect(await readdir(folder)).toEqual(['settings.json']);
    expect((await Preferences.load(folder)).settings.get().volume).toBeCloseTo(29 / 30);
  });
});
