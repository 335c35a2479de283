import { mkdtemp, readdir, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { methods } from '../../../../common/bridge/bridge.ts';
import { formatTicket } from '../../../../common/ticket/ticket.ts';
import { MAX_RECENTS, Memory } from '../../../../main/live/preferences.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'iroh-live-memory-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function ticket(broadcastName: string, ipAddrs: string[] = []): string {
  const endpointId = '8a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c';
  return formatTicket({ endpointId, relayUrls: [], ipAddrs, broadcastName });
}

describe('what the app remembers', () => {
  it('changes what a change names and nothing else, over a restart', async () => {
    const memory = await Memory.load(folder);
    await memory.changeSettings(
      methods['settings.change'].request.parse({ volume: 0.5 }) as { volume: number },
    );
    await memory.changeSettings(
      methods['settings.change'].request.parse({ theme: 'dark' }) as { theme: 'dark' },
    );
    const again = await Memory.load(folder);
    expect(again.settings.get()).toMatchObject({ volume: 0.5, theme: 'dark', broadcastName: 'hello' });
    expect(() => methods['settings.change'].request.parse({ colour: 'red' })).toThrow();
    expect(() => methods['settings.change'].request.parse({ volume: 7 })).toThrow();
  });

  it('remembers tickets newest first, once each, by their broadcast and not by their addresses', async () => {
    const memory = await Memory.load(folder);
    await memory.touchRecent(ticket('one'));
    await memory.renameRecent(ticket('one'), 'Anna');
    await memory.touchRecent(ticket('two'));
    await memory.touchRecent(ticket('one', ['192.0.2.1:9']));
    const again = await Memory.load(folder);
    expect(again.recents.get()).toMatchObject([
      { label: 'Anna', ticket: ticket('one', ['192.0.2.1:9']) },
      { label: 'two' },
    ]);
    await again.removeRecent(ticket('two'));
    expect(again.recents.get()).toHaveLength(1);
  });

  it('keeps a bounded number, and refuses what is no ticket', async () => {
    const memory = await Memory.load(folder);
    for (let i = 0; i < MAX_RECENTS + 5; i += 1) await memory.touchRecent(ticket(`show-${i}`));
    expect(memory.recents.get()).toHaveLength(MAX_RECENTS);
    await expect(memory.touchRecent('nonsense')).rejects.toThrow();
  });

  it('sets a damaged file aside, says so, and goes on', async () => {
    await writeFile(join(folder, 'settings.json'), '{"volume": 0.');
    const memory = await Memory.load(folder);
    expect(memory.settings.get().volume).toBe(1);
    expect(memory.notices.get().join()).toMatch(/damaged/);
    expect(await readFile(join(folder, 'settings.json.damaged'), 'utf8')).toBe('{"volume": 0.');
  });

  it.skipIf(process.platform === 'win32')(
    'leaves a file alone that is there and cannot be read',
    async () => {
      // A link to itself: root may read everything else.
      await symlink('settings.json', join(folder, 'settings.json'));
      const memory = await Memory.load(folder);
      await memory.changeSettings({ volume: 0.5 });
      expect(memory.settings.get().volume).toBe(0.5);
      expect(await readlink(join(folder, 'settings.json'))).toBe('settings.json');
      expect(memory.notices.get().join()).toMatch(/cannot be read.*cannot be saved/s);
    },
  );

  it('goes on with what it holds where nothing can be written, and says so', async () => {
    const notFolder = join(folder, 'file');
    await writeFile(notFolder, '');
    const memory = await Memory.load(notFolder);
    expect(await memory.changeSettings({ volume: 0.3 })).toMatchObject({ volume: 0.3 });
    expect(memory.notices.get().join()).toMatch(/cannot be saved/);
  });

  it('leaves no drafts behind when many writes race', async () => {
    const memory = await Memory.load(folder);
    await Promise.all(Array.from({ length: 30 }, (_, i) => memory.changeSettings({ volume: i / 30 })));
    expect(await readdir(folder)).toEqual(['settings.json']);
    expect((await Memory.load(folder)).settings.get().volume).toBeCloseTo(29 / 30);
  });
});
