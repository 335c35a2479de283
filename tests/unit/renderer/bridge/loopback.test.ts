import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { setLogLevel } from '../../../../main/base/log.ts';
import { type BrowserServer, startBrowserServer } from '../../../../main/host/browser/browser-server.ts';
import { connectLoopback } from '../../../../renderer/bridge/loopback.ts';
import { FakeApp, HOST_METHODS } from '../../../support/fake-app.ts';
import { sendRequest } from '../../../support/raw-http.ts';

let root: string;
let app: FakeApp;
let server: BrowserServer;

beforeEach(async () => {
  setLogLevel('error');
  root = await mkdtemp(join(tmpdir(), 'page-'));
  await writeFile(join(root, 'index.html'), '');
  app = new FakeApp();
  server = await startBrowserServer({ core: app, own: HOST_METHODS, port: 0, root });
});

afterEach(async () => {
  await server.close();
  await rm(root, { recursive: true, force: true });
});

/** Connects the real client to the real server over Node's WebSocket, which can send a browser's origin and cookie. */
async function connect() {
  const host = `127.0.0.1:${server.port}`;
  const origin = `http://${host}`;
  const { pathname, search } = new URL(server.url);
  const { headers } = await sendRequest(server.port, pathname + search, { host });
  const cookie = headers['set-cookie']?.[0]?.split(';')[0] ?? '';
  const page = `${origin}${headers.location}`;
  const sockets: WebSocket[] = [];
  const openSocket = (url: string, protocol?: string): WebSocket => {
    const options = { protocols: protocol ? [protocol] : [], headers: { origin, cookie } };
    // Node's WebSocket accepts options in place of the protocols.
    const socket = new WebSocket(url, options as unknown as string[]);
    sockets.push(socket);
    return socket;
  };
  const probe = async (url: string) => (await fetch(url, { method: 'HEAD', headers: { cookie } })).status;
  return { bridge: await connectLoopback({ page, openSocket, probe }), sockets };
}

describe('the bridge over the loopback WebSocket', () => {
  test('sends requests, and rejects with the message of an error', async () => {
    const { bridge } = await connect();
    expect(bridge.connected.get()).toBe(true);
    expect((await bridge.request('app.info', null)).host).toBe('browser');
    await expect(bridge.request('recents.remove', { ticket: 'x' })).rejects.toThrow(
      'There is no such ticket.',
    );
  });

  test('rejects a reply that does not match the schema', async () => {
    const { bridge } = await connect();
    app.handlers = Object.assign(app.handlers, { 'settings.change': async () => ({ volume: 'loud' }) });
    await server.close();
    server = await startBrowserServer({ core: app, own: HOST_METHODS, port: 0, root });
    const { bridge: other } = await connect();
    await expect(other.request('settings.change', {})).rejects.toThrow(/malformed/);
    expect(bridge.connected.get()).toBe(false);
  });

  test('aborts a request at once, in the window and in main', async () => {
    const { bridge } = await connect();
    let ended = false;
    app.handlers['pull.retry'] = (_request, signal) =>
      new Promise((_, reject) =>
        signal.addEventListener('abort', () => {
          ended = true;
          reject(new Error('cancelled'));
        }),
      );
    await server.close();
    server = await startBrowserServer({ core: app, own: HOST_METHODS, port: 0, root });
    const { bridge: other } = await connect();
    const controller = new AbortController();
    const call = other.request('pull.retry', { ticket: 'x' }, controller.signal);
    setTimeout(() => controller.abort(new Error('no longer needed')), 20);
    await expect(call).rejects.toThrow('no longer needed');
    await expect.poll(() => ended).toBe(true);
    await expect(bridge.request('app.info', null, AbortSignal.abort(new Error('early')))).rejects.toThrow(
      'early',
    );
  });

  test('delivers events until the listener is removed', async () => {
    const { bridge } = await connect();
    const states: string[] = [];
    const stop = bridge.listen('app.state', (state) => states.push(state.settings.broadcastName));
    await bridge.request('settings.change', { broadcastName: 'again' });
    expect(states).toEqual(['again']);
    stop();
    const samples: unknown[] = [];
    bridge.listen('connections.sample', (connections) => samples.push(connections));
    await bridge.request('app.info', null);
    app.emit({ event: 'connections.sample', payload: [] });
    await expect.poll(() => samples).toEqual([[]]);
    await bridge.request('settings.change', { broadcastName: 'once more' });
    expect(states).toEqual(['again']);
  });

  test('opens a media channel and keeps messages that arrive early', async () => {
    const { bridge } = await connect();
    app.attachMedia = (socket) => {
      socket.send(new Uint8Array([1, 2]));
      socket.onmessage = ({ data }) => socket.send(data as ArrayBuffer);
    };
    const socket = await bridge.openMedia();
    await new Promise((done) => setTimeout(done, 30));
    const got: number[][] = [];
    socket.onmessage = ({ data }) => got.push([...new Uint8Array(data as ArrayBuffer)]);
    socket.send(new Uint8Array([3]));
    await expect.poll(() => got).toEqual([[1, 2], [3]]);
    await expect(bridge.openMedia(AbortSignal.abort(new Error('no')))).rejects.toThrow('no');
  });

  test('rejects pending requests on disconnect, and reconnects', async () => {
    const { bridge, sockets } = await connect();
    const seen: boolean[] = [];
    bridge.connected.subscribe((value) => seen.push(value));
    const pending = bridge.request('recents.rename', { ticket: 'x', label: 'y' });
    const failed = expect(pending).rejects.toThrow(/lost/);
    sockets[0]?.close();
    await failed;
    await expect(bridge.request('app.info', null)).rejects.toThrow(/Cannot reach the app/);
    await expect(bridge.openMedia()).rejects.toThrow(/Cannot reach the app/);
    await expect.poll(() => bridge.connected.get(), { timeout: 5_000 }).toBe(true);
    expect(seen).toEqual([false, true]);
    expect(bridge.loss.get()).toBeNull();
    expect((await bridge.request('app.info', null)).version).toBe('0');
  });

  test('reports an app that is gone, and retries with growing pauses', async () => {
    const { bridge, sockets } = await connect();
    await server.close();
    await expect.poll(() => bridge.loss.get(), { timeout: 5_000 }).toBe('absent');
    const before = sockets.length;
    await new Promise((done) => setTimeout(done, 1_500));
    const tries = sockets.length - before;
    expect(tries).toBeGreaterThan(0);
    expect(tries).toBeLessThan(4);
  });

  test('reports an app that was restarted on the same port, and stops retrying', async () => {
    const { bridge, sockets } = await connect();
    const { port } = server;
    await server.close();
    server = await startBrowserServer({ core: app, own: HOST_METHODS, port, root });
    await expect.poll(() => bridge.loss.get(), { timeout: 5_000 }).toBe('restarted');
    const before = sockets.length;
    await new Promise((done) => setTimeout(done, 2_000));
    expect(sockets.length).toBe(before);
    expect(bridge.connected.get()).toBe(false);
    await expect(bridge.openMedia()).rejects.toThrow(/Cannot reach the app/);
    expect(sockets.length).toBe(before);
  });
});
