import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { MEDIA_SUBPROTOCOL } from '../../../../../common/bridge/frames.ts';
import { setLogLevel } from '../../../../../main/base/log.ts';
import { type BrowserServer, startBrowserServer } from '../../../../../main/host/browser/browser-server.ts';
import { FakeApp, HOST_METHODS } from '../../../../support/fake-app.ts';
import { openSocket, sendRequest } from '../../../../support/raw-http.ts';

let root: string;
let app: FakeApp;
let server: BrowserServer;

beforeEach(async () => {
  setLogLevel('error');
  root = await mkdtemp(join(tmpdir(), 'page-'));
  await writeFile(join(root, 'index.html'), '<!doctype html><title>page</title>');
  await writeFile(join(root, 'main.js'), '0;');
  await writeFile(join(root, '.secret.js'), 'secret');
  app = new FakeApp();
  server = await startBrowserServer({ core: app, own: HOST_METHODS, port: 0, root });
});

afterEach(async () => {
  await server.close();
  await rm(root, { recursive: true, force: true });
});

const host = (): string => `127.0.0.1:${server.port}`;

async function login(): Promise<{ cookie: string; base: string }> {
  const { pathname, search } = new URL(server.url);
  const { headers } = await sendRequest(server.port, pathname + search, { host: host() });
  return { cookie: headers['set-cookie']?.[0]?.split(';')[0] ?? '', base: headers.location ?? '' };
}

/** Requests a path under the page's path, with valid credentials unless `more` overrides them. */
async function askPage(path: string, more: Record<string, string> = {}, method = 'GET') {
  const { cookie, base } = await login();
  return sendRequest(server.port, base + path, { host: host(), cookie, ...more }, method);
}

async function bridge(more: Record<string, string> = {}) {
  const { cookie, base } = await login();
  const headers = { origin: `http://${host()}`, cookie, ...more };
  return openSocket(`ws://${host()}${base}bridge`, headers);
}

async function media(more: Record<string, string> = {}, protocol: string = MEDIA_SUBPROTOCOL) {
  const { cookie, base } = await login();
  const headers = { origin: `http://${host()}`, cookie, ...more };
  return openSocket(`ws://${host()}${base}media`, headers, protocol);
}

describe('access to the page', () => {
  test('exchanges the token for a cookie that is limited to the page’s path, any number of times', async () => {
    const { pathname, search, hostname } = new URL(server.url);
    expect(hostname).toBe('127.0.0.1');
    for (const _ of [1, 2]) {
      const answer = await sendRequest(server.port, pathname + search, { host: host() });
      expect(answer.status).toBe(303);
      const { location } = answer.headers;
      // The cookie is limited to this path, because browsers would send a cookie for "/" to every port of
      // this host.
      expect(location).toMatch(/^\/[\w-]{22}\/$/);
      const [set] = answer.headers['set-cookie'] ?? [];
      expect(set).toMatch(
        new RegExp(`^iroh-live-${server.port}=[\\w-]{43}; Path=${location}; HttpOnly; SameSite=Strict$`),
      );
      expect(set).not.toContain(new URL(server.url).searchParams.get('token'));
    }
    // The token stays valid, so that reloading the page works.
    for (const _ of [1, 2]) {
      const page = await askPage('');
      expect(page.status).toBe(200);
      expect(page.body).toContain('<title>page</title>');
    }
  });

  test('serves the page only at its path, which changes with each start', async () => {
    const { cookie, base } = await login();
    for (const path of ['/', '/main.js', '/index.html', base.slice(0, -1), `${base.slice(0, -2)}/main.js`]) {
      const answer = await sendRequest(server.port, path, { host: host(), cookie });
      expect([path, answer.status]).toEqual([path, 404]);
      const stranger = await sendRequest(server.port, path, { host: host() });
      expect(stranger.status).toBe(403);
      expect(stranger.body).toMatch(/Open the address that the app printed/);
    }
    const { port } = server;
    await server.close();
    server = await startBrowserServer({ core: app, own: HOST_METHODS, port, root });
    // A tab left open from the previous run sends this request.
    expect((await sendRequest(port, base, { host: host(), cookie })).status).toBe(403);
    expect((await login()).base).not.toBe(base);
  });

  test('accepts a launch URL only once', async () => {
    const { pathname, search } = new URL(server.launchUrl());
    expect((await sendRequest(server.port, pathname + search, { host: host() })).status).toBe(303);
    expect((await sendRequest(server.port, pathname + search, { host: host() })).status).toBe(403);
  });

  test('sends the security headers with every response', async () => {
    const { cookie, base } = await login();
    for (const path of [base, `${base}nothing.js`, '/?token=wrong', '/']) {
      const { headers } = await sendRequest(server.port, path, { host: host(), cookie });
      expect(headers['content-security-policy']).toContain("default-src 'none'");
      expect(headers['content-security-policy']).not.toMatch(/unsafe/);
      expect(headers['cross-origin-opener-policy']).toBe('same-origin');
      expect(headers['cross-origin-embedder-policy']).toBe('require-corp');
      expect(headers['cross-origin-resource-policy']).toBe('same-origin');
      expect(headers['x-content-type-options']).toBe('nosniff');
      expect(headers['referrer-policy']).toBe('no-referrer');
      expect(headers['cache-control']).toBe('no-store');
    }
  });

  test.each(['', 'main.js', 'index.html'])('serves "%s" only with the cookie', async (path) => {
    expect((await askPage(path, { cookie: '' })).status).toBe(403);
    expect((await askPage(path, { cookie: `iroh-live-${server.port}=wrong` })).status).toBe(403);
    expect((await askPage(path)).status).toBe(200);
  });

  test('refuses a wrong token', async () => {
    expect((await sendRequest(server.port, '/?token=wrong', { host: host() })).status).toBe(403);
    expect((await sendRequest(server.port, '/?token=', { host: host() })).status).toBe(403);
  });

  test.each(['evil.example', 'evil.example:80', '127.0.0.1', '[::1]:80', 'localhost'])(
    'a request to the host %s is refused',
    async (name) => {
      const { pathname, search } = new URL(server.url);
      const answer = await sendRequest(server.port, pathname + search, { host: name });
      expect(answer.status).toBe(421);
      expect(answer.headers['set-cookie']).toBeUndefined();
    },
  );

  test('accepts localhost with the port', async () => {
    expect((await askPage('', { host: `localhost:${server.port}` })).status).toBe(200);
  });

  test.each([
    '../package.json',
    '%2e%2e/x.js',
    '.secret.js',
    '/evil.example/',
    'a/..%2f..%2fx.js',
    'x\\y.js',
    'main.js/',
  ])('%s is not found', async (path) => {
    const { cookie, base } = await login();
    for (const whole of [base + path, `/${path}`]) {
      const answer = await sendRequest(server.port, whole, { host: host(), cookie });
      expect([400, 404]).toContain(answer.status);
      expect(answer.body).not.toContain('secret');
    }
  });

  test('allows only GET and HEAD', async () => {
    expect((await askPage('', {}, 'POST')).status).toBe(405);
    const head = await askPage('', {}, 'HEAD');
    expect([head.status, head.body]).toEqual([200, '']);
  });

  test('reports a port that is in use', async () => {
    const other = createServer();
    await new Promise<void>((done) => other.listen(0, '127.0.0.1', done));
    const address = other.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    await expect(startBrowserServer({ core: app, own: HOST_METHODS, port, root })).rejects.toThrow(
      new RegExp(`Port ${port} .*another program`),
    );
    other.close();
  });
});

describe('access to the bridge', () => {
  test.each([
    ['another origin', { origin: 'http://evil.example' }, 403],
    ['another port on this host', { origin: 'http://127.0.0.1:1' }, 403],
    ['no origin that can be told', { origin: 'null' }, 403],
    ['no cookie', { cookie: '' }, 403],
    ['a wrong cookie', { cookie: 'iroh-live=1' }, 403],
    ['another host', { host: 'evil.example', origin: 'http://evil.example' }, 421],
  ])('%s is refused', async (_what, headers, status) => {
    await expect(bridge(headers)).rejects.toThrow(`status ${status}`);
    await expect(media(headers)).rejects.toThrow(`status ${status}`);
  });

  test('refuses other paths and other protocols', async () => {
    const { cookie, base } = await login();
    const headers = { origin: `http://${host()}`, cookie };
    for (const path of [`${base}other`, '/bridge', '/media', `${base}/bridge`]) {
      await expect(openSocket(`ws://${host()}${path}`, headers)).rejects.toThrow('status 404');
    }
    await expect(media({}, 'webtransport')).rejects.toThrow('status 400');
  });

  test('limits the number of open sockets', async () => {
    await server.close();
    server = await startBrowserServer({ core: app, own: HOST_METHODS, port: 0, root, maxSockets: 2 });
    const first = await bridge();
    await bridge();
    await expect(bridge()).rejects.toThrow('status 503');
    first.socket.close();
    await first.closed;
    await expect.poll(() => bridge().then(() => 'open', String)).toBe('open');
  });
});

describe('the bridge', () => {
  test('responds to requests and sends events', async () => {
    const { socket, next } = await bridge();
    socket.send(JSON.stringify({ id: 1, method: 'app.info', request: null }));
    expect(await next()).toMatchObject({ id: 1, ok: { host: 'browser' } });
    socket.send(JSON.stringify({ subscribe: 'app.state' }));
    socket.send(JSON.stringify({ id: 2, method: 'settings.change', request: { broadcastName: 'x' } }));
    expect(await next()).toMatchObject({ event: 'app.state', payload: { settings: { broadcastName: 'x' } } });
    expect(await next()).toMatchObject({ id: 2, ok: { broadcastName: 'x' } });
  });

  test.each([
    ['an unknown method', { id: 1, method: 'app.quit', request: null }, /no method "app.quit"/],
    ['a name from the prototype', { id: 1, method: 'constructor', request: null }, /no method/],
    ['a malformed request', { id: 1, method: 'settings.change', request: { volume: 7 } }, /malformed/],
    ['an unknown field', { id: 1, method: 'settings.change', request: { x: 7 } }, /malformed/],
    ['a request that fails', { id: 1, method: 'recents.remove', request: { ticket: 'x' } }, /no such ticket/],
  ])('%s is answered with an error, and the bridge stays open', async (_what, frame, message) => {
    const { socket, next } = await bridge();
    socket.send(JSON.stringify(frame));
    expect(await next()).toEqual({ id: 1, error: expect.stringMatching(message) });
    socket.send(JSON.stringify({ id: 2, method: 'app.info', request: null }));
    expect(await next()).toMatchObject({ id: 2 });
  });

  test.each([
    ['text that is not JSON', 'hello', 1008],
    ['JSON that is not a frame', '{"id":"x"}', 1008],
    ['an array', '[]', 1008],
    ['a missing request', '{"id":1,"method":"app.info"}', 1008],
    ['a negative id', '{"id":-1,"method":"app.info","request":null}', 1008],
    ['binary data', Buffer.from([1, 2]), 1008],
    [
      'a message of more than 64 kB',
      JSON.stringify({ id: 1, method: 'app.fault', request: 'x'.repeat(65_536) }),
      1009,
    ],
  ])('%s ends the bridge', async (_what, data, code) => {
    const { socket, closed } = await bridge();
    socket.send(data);
    expect(await closed).toBe(code);
  });

  test('cancels a request', async () => {
    const { socket, next } = await bridge();
    socket.send(JSON.stringify({ id: 1, method: 'recents.rename', request: { ticket: 'x', label: 'y' } }));
    socket.send(JSON.stringify({ id: 1, cancel: true }));
    expect(await next()).toEqual({ id: 1, error: 'cancelled' });
  });

  test('limits the number of unanswered requests', async () => {
    const { socket, next } = await bridge();
    for (let id = 0; id <= 64; id++) {
      socket.send(JSON.stringify({ id, method: 'recents.rename', request: { ticket: 'x', label: 'y' } }));
    }
    expect(await next()).toEqual({ id: 64, error: 'Too many requests at the same time' });
  });

  test('closes sockets that do not respond to pings', async () => {
    await server.close();
    server = await startBrowserServer({ core: app, own: HOST_METHODS, port: 0, root, heartbeatMs: 50 });
    const living = await bridge();
    const dead = await bridge();
    dead.socket.pong = () => undefined;
    Object.assign(dead.socket, { _autoPong: false });
    expect(await dead.closed).toBe(1006);
    expect(living.socket.readyState).toBe(1);
    await expect.poll(() => server.hub.windows).toBe(1);
  });
});

describe('the media channel', () => {
  test('passes the socket to the app and transports bytes', async () => {
    const { socket, next } = await media();
    expect(socket.protocol).toBe(MEDIA_SUBPROTOCOL);
    socket.send(Buffer.from([1, 2, 3]));
    expect(await next()).toEqual(Buffer.from([1, 2, 3]));
    expect(app.media[0]?.protocol).toBe(MEDIA_SUBPROTOCOL);
  });

  test('closes when the server closes', async () => {
    const { closed } = await media();
    const begin = Date.now();
    await server.close();
    expect(await closed).toBe(1001);
    expect(Date.now() - begin).toBeLessThan(1_500);
  });
});
