import { type ChildProcess, execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { _electron, type ElectronApplication, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Bridge } from '../../../../../common/bridge/bridge.ts';
import type { PreloadApi } from '../../../../../common/bridge/preload-api.ts';

/** Tests the Electron host in a real Electron, with a fake app. */

const runtime = process.env.ELECTRON_OVERRIDE_DIST_PATH;
const canRun = Boolean(runtime && process.env.DISPLAY);
if (!canRun) process.stderr.write('SKIPPED: the Electron shell: no Electron runtime or no display\n');

type TestWindow = Window & { irohLive: PreloadApi; bridge: Bridge; require?: unknown; process?: unknown };
type TestGlobal = typeof globalThis & { opened?: string[] };

let folder: string;
let appDir: string;
let running: ChildProcess | null = null;

beforeAll(async () => {
  if (!canRun) return;
  folder = await mkdtemp(join(tmpdir(), 'iroh-live-shell-'));
  appDir = join(folder, 'app');
  const standIns = ['--app', 'tests/support/fake-app.ts', '--page', 'tests/support/shell-page.ts'];
  const script = ['scripts/build.mjs', ...standIns, '--outdir', appDir];
  await promisify(execFile)(process.execPath, script);
  const manifest = { name: 'shell-test', version: '0.0.0', main: 'main/electron.cjs' };
  await writeFile(join(appDir, 'package.json'), JSON.stringify(manifest));
});

afterEach(async () => {
  running?.kill('SIGKILL');
  running = null;
});

afterAll(async () => {
  if (folder) await rm(folder, { recursive: true, force: true });
});

interface Started {
  app: ElectronApplication;
  page: Page;
  dataDir: string;
  stderr(): string;
  events(): { event: string; [key: string]: unknown }[];
  exited: Promise<number | null>;
}

async function start(options: { dataDir?: string; args?: string[] } = {}): Promise<Started> {
  const dataDir = options.dataDir ?? (await mkdtemp(join(folder, 'data-')));
  const app = await _electron.launch({
    executablePath: join(runtime ?? '', 'electron'),
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--use-fake-device-for-media-stream',
      appDir,
      '--json',
      '--data-dir',
      dataDir,
      ...(options.args ?? []),
    ],
  });
  const child = app.process();
  running = child;
  let stderr = '';
  let stdout = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr += String(chunk);
  });
  child.stdout?.on('data', (chunk: Buffer) => {
    stdout += String(chunk);
  });
  const exited = new Promise<number | null>((done) => child.once('exit', done));
  const page = await app.firstWindow();
  await page.waitForLoadState();
  const events = () =>
    stdout
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as { event: string });
  return { app, page, dataDir, stderr: () => stderr, events, exited };
}

/** Sends a request through the preload API, as any script in the page could. */
function call(page: Page, name: string, request: unknown): Promise<unknown> {
  return page.evaluate(
    ([name, request]) => {
      const { irohLive } = window as unknown as TestWindow;
      const id = Math.floor(Math.random() * 1e9);
      return new Promise((done) => {
        const timer = setTimeout(() => done('no answer'), 2_000);
        const stop = irohLive.listen((frame) => {
          if ((frame as { id?: number }).id !== id) return;
          clearTimeout(timer);
          stop();
          done(frame);
        });
        irohLive.request({ id, method: name, request });
      });
    },
    [name, request] as const,
  );
}

describe.skipIf(!canRun)('the Electron shell', () => {
  test('shows the page without Node and with the strict security policy', async () => {
    const { page, events } = await start();
    expect(page.url()).toBe('app://iroh-live/');
    const seen = await page.evaluate(async () => {
      const own = window as unknown as TestWindow;
      const violations: string[] = [];
      document.addEventListener('securitypolicyviolation', (event) =>
        violations.push(event.violatedDirective),
      );
      const script = document.createElement('script');
      script.textContent = 'window.inline = true';
      document.body.append(script);
      const fetched = await fetch('https://example.invalid/').then(
        () => 'fetched',
        () => 'refused',
      );
      const image = new Image();
      image.src = 'https://example.invalid/x.png';
      await new Promise((done) => setTimeout(done, 200));
      return {
        require: typeof own.require,
        process: typeof own.process,
        api: Object.keys(own.irohLive).sort(),
        isolated: crossOriginIsolated,
        inline: 'inline' in window,
        fetched,
        violations: [...new Set(violations)].sort(),
      };
    });
    expect(seen).toEqual({
      require: 'undefined',
      process: 'undefined',
      api: ['listen', 'openMedia', 'ownWindow', 'request'],
      isolated: true,
      inline: false,
      fetched: 'refused',
      violations: ['connect-src', 'img-src', 'script-src-elem'],
    });
    await expect
      .poll(() => events())
      .toContainEqual(expect.objectContaining({ event: 'ready', url: 'app://iroh-live/' }));
  });

  test('answers requests and rejects malformed ones', async () => {
    const { page } = await start();
    expect(await call(page, 'app.info', null)).toMatchObject({
      ok: { host: 'electron', ownScreenPicker: true },
    });
    expect(await call(page, 'app.quit', null)).toMatchObject({ error: expect.stringMatching(/no method/) });
    expect(await call(page, 'settings.change', { volume: 9 })).toMatchObject({
      error: expect.stringMatching(/malformed/),
    });
    expect(await call(page, 'screens.list', null)).toMatchObject({
      ok: expect.arrayContaining([expect.objectContaining({ kind: 'screen' })]),
    });
    await page.evaluate(() => (window as unknown as TestWindow).irohLive.request('garbage'));
    expect(await call(page, 'app.info', null)).toMatchObject({ ok: {} });
    await page.reload();
    expect(await call(page, 'app.info', null)).toMatchObject({ ok: {} });
  });

  test('transports media over a separate port', async () => {
    const { page } = await start();
    const got = await page.evaluate(async () => {
      const { bridge } = window as unknown as TestWindow;
      const socket = await bridge.openMedia();
      const echoed = await new Promise<number[]>((done) => {
        socket.onmessage = ({ data }) => done([...(data as Uint8Array)]);
        socket.send(new Uint8Array([1, 2, 3]));
      });
      const sizes: number[] = [];
      await new Promise<void>((done) => {
        socket.onmessage = ({ data }) => {
          sizes.push((data as Uint8Array).byteLength);
          if (sizes.length === 100) done();
        };
        for (let i = 0; i < 100; i++) socket.send(new Uint8Array(10_000));
      });
      while (socket.bufferedAmount > 0) await new Promise((done) => setTimeout(done, 5));
      socket.close();
      return { echoed, bytes: sizes.reduce((sum, size) => sum + size), protocol: socket.protocol };
    });
    expect(got).toEqual({ echoed: [1, 2, 3], bytes: 1_000_000, protocol: 'qmux-02.moq-lite-05' });
  });

  test('connects the page over the bridge', async () => {
    const { page, app } = await start();
    const got = await page.evaluate(async () => {
      const { bridge } = window as unknown as TestWindow;
      const names: string[] = [];
      bridge.listen('app.state', (state) => names.push(state.settings.broadcastName));
      await bridge.request('settings.change', { broadcastName: 'party' });
      const failed = await bridge.request('recents.remove', { ticket: 'x' }).catch(String);
      const aborted = await bridge
        .request('recents.rename', { ticket: 'x', label: 'y' }, AbortSignal.timeout(50))
        .catch((error: Error) => error.name);
      return { names, failed, aborted, connected: bridge.connected.get() };
    });
    expect(got).toEqual({
      names: ['party'],
      failed: 'Error: There is no such ticket.',
      aborted: 'TimeoutError',
      connected: true,
    });
    expect(app.windows()).toHaveLength(1);
  });

  test('denies navigation and popups, and opens only web and mail links outside the app', async () => {
    const { app, page, stderr } = await start();
    await app.evaluate(({ shell }) => {
      const opened: string[] = [];
      (globalThis as TestGlobal).opened = opened;
      shell.openExternal = async (url) => void opened.push(url);
    });
    const popups = await page.evaluate(() =>
      [
        'https://example.invalid/a',
        'mailto:a@example.invalid',
        'file:///etc/passwd',
        'http://x.invalid',
        'app://iroh-live/',
      ].map((url) => window.open(url)),
    );
    expect(popups).toEqual([null, null, null, null, null]);
    await expect
      .poll(() => app.evaluate(() => (globalThis as TestGlobal).opened))
      .toEqual(['https://example.invalid/a', 'mailto:a@example.invalid']);
    await page.evaluate(() => {
      for (let i = 0; i < 50; i += 1) window.open('https://example.invalid/flood');
    });
    await page.waitForTimeout(500);
    expect(await app.evaluate(() => (globalThis as TestGlobal).opened?.length)).toBeLessThan(8);
    for (const url of ['https://example.invalid/', 'file:///etc/passwd', 'data:text/html,x']) {
      await page.evaluate((url) => {
        location.href = url;
      }, url);
    }
    await page.waitForTimeout(500);
    expect(page.url()).toBe('app://iroh-live/');
    expect(app.windows()).toHaveLength(1);
    expect(stderr()).toContain('navigation to "https://example.invalid/" denied');
  });

  test('drops messages from foreign pages', async () => {
    const { app, stderr } = await start();
    const opened = app.waitForEvent('window');
    await app.evaluate(
      ({ BrowserWindow }, preload) => {
        const window = new BrowserWindow({
          webPreferences: { preload, sandbox: true, contextIsolation: true },
        });
        return window.loadURL('data:text/html,<title>foreign</title>');
      },
      join(appDir, 'preload/preload.cjs'),
    );
    const foreign = await opened;
    expect(await call(foreign, 'app.state', null)).toBe('no answer');
    await expect.poll(stderr).toContain('from a foreign sender');
  });

  test('sends no request to the network and downloads nothing, even without a security policy', async () => {
    const { app, page, stderr } = await start();
    const requests: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      requests.push(request.url);
      response.end();
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    try {
      const opened = app.waitForEvent('window');
      await app.evaluate(({ BrowserWindow }) => {
        void new BrowserWindow({ webPreferences: { sandbox: true } }).loadURL(
          'data:text/html,<title>x</title>',
        );
      });
      const foreign = await opened;
      await foreign.evaluate(
        async (host) => {
          new Image().src = `http://${host}/image`;
          const socket = new WebSocket(`ws://${host}/socket`);
          const closed = new Promise((done) => socket.addEventListener('close', done));
          await fetch(`http://${host}/fetch`, { mode: 'no-cors' }).catch(() => undefined);
          await closed;
        },
        `127.0.0.1:${(server.address() as AddressInfo).port}`,
      );
    } finally {
      server.close();
    }
    expect(requests).toEqual([]);
    await page.evaluate(() => {
      const link = document.createElement('a');
      link.href = URL.createObjectURL(new Blob(['x']));
      link.download = 'x.sh';
      link.click();
    });
    await expect.poll(stderr).toContain('download of "blob:');
  });

  test('denies the camera to frames inside the page and to other origins', async () => {
    const { app, page } = await start();
    await page.evaluate(async () => {
      const frame = document.createElement('iframe');
      frame.srcdoc = '<p>inside</p>';
      document.body.append(frame);
      await new Promise((done) => frame.addEventListener('load', done));
    });
    const opened = app.waitForEvent('window');
    await app.evaluate(({ BrowserWindow }) => {
      void new BrowserWindow({ webPreferences: { sandbox: true } }).loadURL('app://elsewhere/');
    });
    const frame = page.frames().find((candidate) => candidate.url() === 'about:srcdoc');
    for (const place of [frame, await opened]) {
      const result = await place?.evaluate(() =>
        navigator.mediaDevices.getUserMedia({ video: true }).then(
          () => 'granted',
          (error: Error) => error.name,
        ),
      );
      expect(result).toBe('NotAllowedError');
    }
  });

  test('grants access to the camera and denies all other permissions', async () => {
    const { page } = await start();
    const got = await page.evaluate(async () => {
      const stream = await navigator.mediaDevices.getUserMedia({ video: true, audio: true });
      const kinds = stream.getTracks().map((track) => track.kind);
      for (const track of stream.getTracks()) track.stop();
      const place = await new Promise((done) =>
        navigator.geolocation.getCurrentPosition(
          () => done('granted'),
          () => done('denied'),
        ),
      );
      return { kinds: kinds.sort(), place, notifications: await Notification.requestPermission() };
    });
    expect(got).toEqual({ kinds: ['audio', 'video'], place: 'denied', notifications: 'denied' });
  });

  test('captures the selected screen, and no screen without a selection', async () => {
    // Even with `--autostart screen`, no screen is selected by default.
    const { page } = await start({ args: ['--autostart', 'screen'] });
    const share = () =>
      page.evaluate(async () => {
        try {
          const stream = await navigator.mediaDevices.getDisplayMedia({ video: true });
          const [track] = stream.getTracks();
          track?.stop();
          return track?.kind ?? 'none';
        } catch (error) {
          return (error as Error).name;
        }
      });
    expect(await share()).toMatch(/Error$/);
    for (const id of ['screen:0:0', 'screen:1:0', 'x']) {
      expect(await call(page, 'screens.choose', { id })).toMatchObject({
        error: expect.stringMatching(/no such/),
      });
    }
    expect(await share()).toMatch(/Error$/);
    const { ok } = (await call(page, 'screens.list', null)) as { ok: { id: string }[] };
    expect(await call(page, 'screens.choose', { id: ok[0]?.id })).toMatchObject({ ok: null });
    expect(await share()).toBe('video');
    expect(await share()).toMatch(/Error$/);
  });

  test('survives a reload of the page while a media port is open', async () => {
    const { page, events } = await start();
    for (let i = 0; i < 2; i += 1) {
      await page.evaluate(async () => {
        const shell = window as unknown as TestWindow & { socket: unknown };
        shell.socket = await shell.bridge.openMedia();
      });
      await page.reload();
      expect(await call(page, 'app.info', null)).toMatchObject({ ok: {} });
    }
    expect(events()).not.toContainEqual(expect.objectContaining({ event: 'error' }));
  });

  test('reloads a crashed page only once', async () => {
    const { app, page, events, exited } = await start();
    const crash = () =>
      app.evaluate(({ BrowserWindow }) =>
        BrowserWindow.getAllWindows()[0]?.webContents.forcefullyCrashRenderer(),
      );
    await crash();
    await expect
      .poll(events)
      .toContainEqual(expect.objectContaining({ event: 'error', message: expect.stringMatching(/crashed/) }));
    const title = () =>
      app.evaluate(({ BrowserWindow }) =>
        BrowserWindow.getAllWindows()[0]?.webContents.executeJavaScript('typeof window.irohLive'),
      );
    await expect.poll(title, { timeout: 10_000 }).toBe('object');
    expect(page).toBeDefined();
    await crash();
    expect(await exited).toBe(1);
  });

  test('restores its bounds, accepts the ticket of a second start, and ends after a signal', async () => {
    const first = await start();
    const size = { x: 40, y: 30, width: 700, height: 640 };
    await first.app.evaluate(
      ({ BrowserWindow }, bounds) => BrowserWindow.getAllWindows()[0]?.setBounds(bounds),
      size,
    );
    const saved = () => readFile(join(first.dataDir, 'window.json'), 'utf8').catch(() => '');
    await expect.poll(saved, { timeout: 5_000 }).toContain('"width":700');
    const args = ['--no-sandbox', appDir, '--json', '--data-dir', first.dataDir];
    const second = await promisify(execFile)(join(runtime ?? '', 'electron'), args);
    expect(JSON.parse(second.stdout)).toMatchObject({ event: 'handed-over' });
    first.app.process().kill('SIGTERM');
    // The exit code is null if Chromium's handler ends the process with SIGTERM after the app has quit.
    expect([0, null]).toContain(await first.exited);
    const again = await start({ dataDir: first.dataDir });
    const bounds = await again.app.evaluate(({ BrowserWindow }) =>
      BrowserWindow.getAllWindows()[0]?.getBounds(),
    );
    expect(bounds).toMatchObject({ width: 700, height: 640 });
  });

  test('lets the page move its own window through @electron/remote', async () => {
    const { app, page } = await start();
    const moved = await page.evaluate(() => {
      const { ownWindow } = (window as unknown as TestWindow).irohLive;
      const before = [...ownWindow.bounds()];
      ownWindow.keepOnTop(true);
      ownWindow.setBounds(60, 40, 360, 250);
      ownWindow.setOpacity(0.5);
      const refused = [
        () => ownWindow.setBounds(0, 0, Number.NaN, 1),
        () => ownWindow.setOpacity(0),
        () => ownWindow.keepOnTop('yes' as unknown as boolean),
      ].map((act) => {
        try {
          act();
          return 'done';
        } catch {
          return 'refused';
        }
      });
      return { before, names: Object.keys(ownWindow).sort(), refused };
    });
    expect(moved.names).toEqual(['bounds', 'keepOnTop', 'setBounds', 'setOpacity']);
    expect(moved.before).toHaveLength(4);
    expect(moved.refused).toEqual(['refused', 'refused', 'refused']);
    const own = () =>
      app.evaluate(({ BrowserWindow }) => {
        const [window] = BrowserWindow.getAllWindows();
        return { ...window?.getBounds(), onTop: window?.isAlwaysOnTop(), least: window?.getMinimumSize() };
      });
    await expect.poll(own).toMatchObject({ width: 360, height: 250, onTop: true });
    await page.evaluate(([x = 0, y = 0, width = 0, height = 0]) => {
      const { ownWindow } = (window as unknown as TestWindow).irohLive;
      ownWindow.setBounds(x, y, width, height);
      ownWindow.keepOnTop(false);
    }, moved.before);
    await expect.poll(own).toMatchObject({ onTop: false, least: [400, 600] });
  });

  test('leaves the small window when the page is reloaded', async () => {
    const { app, page } = await start();
    const own = () =>
      app.evaluate(({ BrowserWindow }) => {
        const [window] = BrowserWindow.getAllWindows();
        return { ...window?.getBounds(), onTop: window?.isAlwaysOnTop(), least: window?.getMinimumSize() };
      });
    const before = await own();
    await page.evaluate(() => {
      const { ownWindow } = (window as unknown as TestWindow).irohLive;
      ownWindow.keepOnTop(true);
      ownWindow.setBounds(60, 40, 360, 250);
      ownWindow.setOpacity(0.5);
    });
    await expect.poll(own).toMatchObject({ width: 360, height: 250, onTop: true });
    await page.reload();
    const { width, height } = before;
    await expect.poll(own).toMatchObject({ width, height, onTop: false, least: [400, 600] });
  });

  test('ends when its window closes', async () => {
    const { app, exited } = await start();
    await app
      .evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.close())
      .catch(() => undefined);
    expect(await exited).toBe(0);
  });
});
