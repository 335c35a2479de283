import type { ElectronApplication, Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { ipcChannels } from '../../common/bridge/preload-api.ts';
import { canRunElectron, type ElectronApp, useElectron } from '../support/electron-app.ts';
import {
  type RawWindow,
  rawIpcHook,
  remoteArguments,
  remoteChannels,
  takeReached,
} from '../support/raw-ipc.ts';

/** Tests what a compromised page can do with raw IPC. Runs the real app in a real Electron. */

if (!canRunElectron)
  process.stderr.write('SKIPPED: raw IPC in Electron: no Electron runtime or no display\n');

const startElectron = useElectron();

/**
 * Channels on which the app ignores invalid messages. On all other channels, it responds to them with an
 * exception.
 */
const released = new Set(['REMOTE_BROWSER_DEREFERENCE', 'REMOTE_BROWSER_CONTEXT_RELEASE']);

async function start(env: NodeJS.ProcessEnv = {}): Promise<ElectronApp> {
  const started = await startElectron({ args: [], hook: rawIpcHook, env });
  await started.event('ready');
  await started.page.waitForFunction(() => 'rawIpc' in window && 'irohLive' in window);
  return started;
}

/** Changes the opacity through the page's window proxy. Returns the window's bounds. */
function useOwnWindow(page: Page): Promise<number[]> {
  return page.evaluate(() => {
    const { ownWindow } = (window as unknown as RawWindow).irohLive;
    ownWindow.setOpacity(0.9);
    ownWindow.setOpacity(1);
    return [...ownWindow.bounds()];
  });
}

/** Whether code from the page has run in the main process. */
function isPwned(app: ElectronApplication): Promise<boolean> {
  return app.evaluate(() => 'pwned' in globalThis);
}

/** Sends a bridge request over raw IPC. Resolves to whether the main process responds within 2 s. */
function answersBridge(page: Page): Promise<boolean> {
  return page.evaluate((channel) => {
    const { irohLive, rawIpc } = window as unknown as RawWindow;
    return new Promise<boolean>((done) => {
      const id = Math.floor(Math.random() * 1e9);
      const stop = irohLive.listen((frame) => {
        if ((frame as { id?: number }).id !== id) return;
        stop();
        done(true);
      });
      setTimeout(() => done(false), 2_000);
      rawIpc.send(channel, { id, method: 'app.info', request: null });
    });
  }, ipcChannels.request);
}

describe.skipIf(!canRunElectron)('a compromised page with raw IPC', () => {
  it('reaches no listener of @electron/remote with arguments of any type, and always gets a response', async () => {
    const { app, page, stderr } = await start();
    await useOwnWindow(page);
    const own = await page.evaluate(() => {
      const { rawIpc } = window as unknown as RawWindow;
      return rawIpc.sendSync('REMOTE_BROWSER_GET_CURRENT_WINDOW', 'context') as { id: number };
    });
    await takeReached(app);
    const answers = await page.evaluate(
      async ([channels, values, id]) => {
        const { rawIpc } = window as unknown as RawWindow;
        const answers: { channel: string; type: string; leaks: boolean }[] = [];
        for (const channel of channels) {
          for (const value of values) {
            // Try the window's object id, another id, the object id without a member name, and no id.
            for (const args of [
              [id, 'setOpacity', [value]],
              [0, 'constructor', [value]],
              [id, [value]],
              [value],
            ]) {
              const answer = rawIpc.sendSync(channel, 'context', ...args) as { type?: string } | null;
              const leaks = /"id":|"members":\[\{/.test(JSON.stringify(answer));
              answers.push({ channel, type: answer?.type ?? 'none', leaks });
              rawIpc.send(channel, 'context', ...args);
              rawIpc.post(channel, ['context', ...args]);
              // Stay below the limit on messages per second.
              await new Promise((done) => setTimeout(done, 12));
            }
          }
          // Electron rejects `invoke`, because the channel has no handler for it.
          const invoked = await rawIpc.invoke(channel, 'context', id).then(
            () => 'answered',
            () => 'refused',
          );
          answers.push({ channel, type: invoked === 'refused' ? 'exception' : invoked, leaks: false });
        }
        return answers;
      },
      [remoteChannels(), Object.values(remoteArguments), own.id] as const,
    );
    expect(answers).toHaveLength(remoteChannels().length * (Object.keys(remoteArguments).length * 4 + 1));
    for (const { channel, type, leaks } of answers) {
      expect(`${channel} ${leaks}`).toBe(`${channel} false`);
      if (!released.has(channel)) expect(`${channel} ${type}`).toBe(`${channel} exception`);
    }
    expect(await takeReached(app)).toEqual([]);
    expect(await page.evaluate(() => (window as unknown as RawWindow).rawIpc.callbacks())).toEqual([]);
    expect(stderr()).not.toContain('there are too many messages');
    expect(stderr()).toContain(
      'dropped a message on REMOTE_BROWSER_FUNCTION_CALL: the page needs no such request',
    );
    // The log has one line per channel and reason, not one per message.
    expect(stderr().match(/dropped a message on REMOTE_/g)?.length).toBeLessThan(64);
    expect(await useOwnWindow(page)).toHaveLength(4);
  }, 120_000);

  it('cannot run code in main through a promise', async () => {
    const { app, page } = await start();
    await page.evaluate(async () => {
      const { rawIpc } = window as unknown as RawWindow;
      interface Meta {
        id?: number;
        members?: Meta[];
      }
      const ask = (channel: string, ...args: unknown[]) =>
        rawIpc.sendSync(`REMOTE_BROWSER_${channel}`, 'context', ...args) as Meta | null;
      // The library would call the fake promise's `then` with real functions from the main process, and would
      // send their ids to the page.
      const then = { type: 'function', id: 1, location: '', length: 2 };
      const promise = Object.fromEntries([
        ['type', 'promise'],
        ['then', then],
      ]);
      ask('FUNCTION_CALL', 0, [promise]);
      await new Promise((done) => setTimeout(done, 300));
      const [call] = rawIpc.callbacks();
      const resolve = (call?.[2] as Meta | undefined)?.members?.[0]?.id;
      const functionClass = ask('MEMBER_GET', resolve, 'constructor');
      const code = { type: 'value', value: 'globalThis.pwned = true' };
      const made = ask('FUNCTION_CALL', functionClass?.id, [code]);
      ask('FUNCTION_CALL', made?.id, []);
    });
    expect(await isPwned(app)).toBe(false);
    expect(await takeReached(app)).toEqual([]);
  }, 60_000);

  it('passes only validated numbers and booleans to the functions of its own window', async () => {
    const { app, page } = await start();
    const answers = await page.evaluate(() => {
      const { rawIpc } = window as unknown as RawWindow;
      const { id } = rawIpc.sendSync('REMOTE_BROWSER_GET_CURRENT_WINDOW', 'context') as { id: number };
      const call = (id: unknown, name: unknown, ...values: unknown[]) =>
        (
          rawIpc.sendSync(
            'REMOTE_BROWSER_MEMBER_CALL',
            'context',
            id,
            name,
            values.map((value) => ({ type: 'value', value })),
          ) as { type: string }
        ).type;
      return {
        allowed: [
          call(id, 'bounds'),
          call(id, 'setBounds', 10, 10, 500, 700),
          call(id, 'keepOnTop', false),
          call(id, 'setOpacity', 1),
        ],
        refused: [
          call(id, 'setOpacity', 0),
          call(id, 'setOpacity', Number.NaN),
          call(id, 'setOpacity', '1'),
          call(id, 'setOpacity', 1, 1),
          call(id, 'setOpacity', { valueOf: 1 }),
          call(id, 'setBounds', 0, 0, Number.POSITIVE_INFINITY, 1),
          call(id, 'setBounds', 0.5, 0, 1, 1),
          call(id, 'setBounds', 0, 0, -1, 1),
          call(id, 'keepOnTop', 1),
          call(id, 'constructor', 'return 1'),
          call(id, '__proto__'),
          call(id, 'toString'),
          call(id, ['bounds']),
          call(id + 1, 'bounds'),
          call(String(id), 'bounds'),
          call([id], 'bounds'),
        ],
      };
    });
    expect(answers.allowed).toEqual(['array', 'value', 'value', 'value']);
    expect(new Set(answers.refused)).toEqual(new Set(['exception']));
    expect((await takeReached(app)).filter(({ channel }) => channel.endsWith('_CALL'))).toHaveLength(4);
  }, 60_000);

  it('uses its own window again after a reload and after a crash', async () => {
    const { app, page, events, stderr } = await start();
    const before = await useOwnWindow(page);
    for (let i = 0; i < 12; i += 1) {
      await page.reload();
      expect(await useOwnWindow(page)).toEqual(before);
    }
    const listeners = await app.evaluate(({ BrowserWindow }) => {
      const [window] = BrowserWindow.getAllWindows();
      return window?.webContents.listenerCount('render-view-deleted');
    });
    // The library adds a listener for each context id, so the page must not be able to choose its context id.
    expect(listeners).toBe(1);
    await app.evaluate(({ BrowserWindow }) => {
      BrowserWindow.getAllWindows()[0]?.webContents.forcefullyCrashRenderer();
    });
    await expect.poll(() => events).toContainEqual(expect.objectContaining({ event: 'error' }));
    // Wait until the page has loaded again, because a script that is sent to a crashed page would never
    // finish.
    const isBack = () =>
      app.evaluate(({ BrowserWindow }) => {
        const contents = BrowserWindow.getAllWindows()[0]?.webContents;
        return contents?.isCrashed() === false && !contents.isLoading();
      });
    await expect.poll(isBack, { timeout: 15_000 }).toBe(true);
    const bounds = () =>
      app.evaluate(({ BrowserWindow }) =>
        BrowserWindow.getAllWindows()[0]
          ?.webContents.executeJavaScript('[...window.irohLive.ownWindow.bounds()]')
          .catch(() => null),
      );
    await expect.poll(bounds, { timeout: 15_000 }).toEqual(before);
    expect(stderr()).not.toContain('dropped a message');
  }, 90_000);

  it('reaches nothing from a frame inside the page or from another window', async () => {
    const { app, page, stderr } = await start({ RAW_IPC_IN_FRAMES: '1' });
    await useOwnWindow(page);
    await page.evaluate(async () => {
      const frame = document.createElement('iframe');
      frame.srcdoc = '<p>inside</p>';
      document.body.append(frame);
      await new Promise((done) => frame.addEventListener('load', done));
    });
    const frame = page.frames().find((candidate) => candidate.url() === 'about:srcdoc');
    expect(frame).toBeDefined();
    const others: Page[] = [];
    for (const url of ['app://iroh-live/', 'data:text/html,<title>foreign</title>']) {
      const opened = app.waitForEvent('window');
      await app.evaluate(({ BrowserWindow }, url) => {
        const preload = `${process.cwd()}/dist/preload/preload.cjs`;
        void new BrowserWindow({ webPreferences: { preload, sandbox: true } }).loadURL(url);
      }, url);
      others.push(await opened);
    }
    await takeReached(app);
    for (const sender of [frame, ...others]) {
      await sender?.waitForFunction(() => 'rawIpc' in window);
      const types = await sender?.evaluate(
        (channels) => {
          const { rawIpc } = window as unknown as RawWindow;
          return channels.map(
            (channel) =>
              (rawIpc.sendSync(channel, 'context', 1, 'bounds', []) as { type: string } | null)?.type,
          );
        },
        [...remoteChannels(), ...Object.values(ipcChannels)],
      );
      const refused = remoteChannels().map((channel) => (released.has(channel) ? undefined : 'exception'));
      expect(types).toEqual([...refused, ...Object.values(ipcChannels).map(() => undefined)]);
    }
    expect(await takeReached(app)).toEqual([]);
    for (const other of others) expect(await answersBridge(other)).toBe(false);
    expect(await answersBridge(page)).toBe(true);
    expect(stderr()).toContain('from a foreign sender');
  }, 90_000);

  it('gets a response on unknown channels, and cannot flood the product’s own channels or the log', async () => {
    const { app, page, stderr, errors } = await start();
    const answers = await page.evaluate(() => {
      const { rawIpc } = window as unknown as RawWindow;
      return ['nothing', 'error', 'newListener', 'removeListener', 'bridge:response', '__proto__'].map(
        (channel) => rawIpc.sendSync(channel, 'x', {}) as unknown,
      );
    });
    expect(answers).toEqual(Array(6).fill(null));
    await page.evaluate((channels) => {
      const { rawIpc } = window as unknown as RawWindow;
      const deep = (depth: number): unknown => (depth === 0 ? 1 : [deep(depth - 1)]);
      const bad = [
        'garbage',
        null,
        [],
        -1,
        Number.NaN,
        { id: 1 },
        { id: 1, method: 'x'.repeat(100_000), request: null },
        { id: 1, method: 'recents.touch', request: { ticket: 'x'.repeat(10_000_000) } },
        { id: 1, method: 'app.info', request: new Uint8Array(10_000_000) },
        { id: 1, method: 'app.info', request: new Array(1_000_000).fill(0) },
        { id: 1, method: 'app.info', request: deep(900) },
      ];
      for (const channel of channels) {
        for (const message of bad) {
          rawIpc.send(channel, message);
          rawIpc.sendSync(channel, message);
        }
        rawIpc.post(channel, { id: 1, method: 'app.info', request: null });
      }
      for (let i = 0; i < 5_000; i += 1) rawIpc.send(`unknown ${i}`, i);
      for (let i = 0; i < 5_000; i += 1) rawIpc.send('bridge:request', 'flood');
    }, Object.values(ipcChannels));
    const dropped = () => stderr().match(/ipc: /g)?.length ?? 0;
    await expect.poll(() => stderr()).toContain('there are too many messages');
    expect(dropped()).toBeLessThan(100);
    // After a pause, the rate limit allows messages again.
    await page.waitForTimeout(3_000);
    expect(await answersBridge(page)).toBe(true);
    expect(await useOwnWindow(page)).toHaveLength(4);
    const late = await app.evaluate(({ ipcMain }) => {
      try {
        ipcMain.on('REMOTE_BROWSER_LATER', () => undefined);
        return 'added';
      } catch {
        return 'refused';
      }
    });
    expect(late).toBe('refused');
    expect(errors).toEqual([]);
  }, 90_000);
});
