import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { connect } from 'node:tls';
import { SignJWT } from 'jose';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { stopPrograms } from '../support/processes.ts';
import { buildCli, runCli, startCli, startReady } from '../support/relay-cli.ts';
import { freePort, waitFor } from '../support/wait.ts';
import { withoutIpv6 } from '../support/without-ipv6.ts';

/** Tests what a relay's operator does. Each test runs the real program in separate processes. */
let folder: string;
beforeAll(buildCli);
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'iroh-live-operator-'));
});
afterEach(async () => {
  await stopPrograms();
  await rm(folder, { recursive: true, force: true });
});

const local = () => [
  ...['--data-dir', join(folder, 'data'), '--iroh-relay', 'disabled', '--iroh-bind', '127.0.0.1:0'],
  ...['--http-bind', '127.0.0.1:0', '--bind', '127.0.0.1:0'],
];
const file = (name: string) => join(folder, name);
const statusOf = async (url: string, path: string) => (await fetch(new URL(path, url))).status;

/** Whether a socket is bound to this UDP port on an address of this machine. */
async function isUdpPortTaken(address: string, port: number): Promise<boolean> {
  const socket = address.includes(':')
    ? createSocket({ type: 'udp6', ipv6Only: true })
    : createSocket('udp4');
  try {
    socket.bind({ address, port, exclusive: true });
    await once(socket, 'listening');
    return false;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return true;
    throw error;
  } finally {
    socket.close();
  }
}

async function makeKey(name: string): Promise<void> {
  expect(await runCli(['token', 'key', '--out', file(`${name}.key`)])).toMatchObject({ code: 0, stderr: '' });
  await runCli(['token', 'public', '--key', file(`${name}.key`), '--out', file(`${name}.pub`)]);
}
const sign = async (name: string) =>
  (await runCli(['token', 'sign', '--key', file(`${name}.key`), '--get', 'a', '--expires-in', '1h'])).stdout;

describe('Node', () => {
  it('is checked first, and a version that is too old causes a message and exit status 1', async () => {
    // Only the version number is fake, because no older version of Node is installed.
    const preload = file('old.cjs');
    await writeFile(preload, "Object.defineProperty(process.versions, 'node', { value: '18.20.8' });\n");
    const old = await runCli([...local(), '--allow-pull'], { nodeOptions: ['--require', preload] });
    expect(old.code).toBe(1);
    expect(old.stderr).toBe('Node 20 or newer is required; this is 18.20.8. See https://nodejs.org.\n');
  });

  it('has the same minimum version in every file', async () => {
    const text = (name: string) => readFile(name, 'utf8');
    expect(JSON.parse(await text('package.json')).engines.node).toBe('>=20');
    for (const [name, words] of [
      ['README.md', /Node 20 or newer/],
      ['docs/hosting.md', /Node 20 or newer/],
      ['main/cli.cjs', /OLDEST_MAJOR = 20;/],
      ['scripts/lib/require-node.mjs', /OLDEST_MAJOR = 20;/],
      ['scripts/lib/bundle.mjs', /cli: 'node20'/],
    ] as const) {
      expect(await text(name)).toMatch(words);
    }
  });

  const installed = (process.env.PATH ?? '')
    .split(delimiter)
    .filter((part) => !part.includes('node_modules'))
    .map((part) => join(part, 'node'))
    .find((path) => existsSync(path));
  it.skipIf(!installed)('of the system runs a relay, which ends with SIGTERM', async () => {
    const options = installed ? { node: installed } : {};
    const { program, url } = await startReady([...local(), '--allow-pull'], options);
    expect(await statusOf(url, '/healthz')).toBe(200);
    await program.stop('SIGTERM');
    expect(program.child.exitCode).toBe(0);
    const failed = await runCli([...local(), '--auth-key', file('missing')], options);
    expect(failed.code).toBe(1);
  });
});

describe('tokens', () => {
  it('have a key pair by default, in a private file that is never replaced', async () => {
    await makeKey('one');
    expect((await stat(file('one.key'))).mode & 0o777).toBe(0o600);
    const again = await runCli(['token', 'key', '--out', file('one.key')]);
    expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining('--out') });
    const shared = await runCli(['token', 'key', '--algorithm', 'HS256', '--out', file('hs.key')]);
    expect(shared.code).toBe(0);
    const none = await runCli(['token', 'public', '--key', file('hs.key'), '--out', file('hs.pub')]);
    expect(none).toMatchObject({ code: 1, stderr: expect.stringMatching(/--key.*shared secret.*ES256/) });
    expect(existsSync(file('hs.pub'))).toBe(false);
  });

  it('are described by verify, which fails for a token that another key signed', async () => {
    await makeKey('one');
    await makeKey('two');
    const token = await sign('one');
    const good = await runCli(['token', 'verify', '--key', file('one.pub'), token]);
    expect(JSON.parse(good.stdout)).toMatchObject({ root: '', get: ['a'], put: [], pull: false });
    const bad = await runCli(['token', 'verify', '--key', file('two.pub'), token]);
    expect(bad).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('another key') });
  });

  it('of an old and a new key are both valid, and key files are read again when they change', async () => {
    for (const name of ['one', 'two', 'three']) await makeKey(name);
    const tokens = { one: await sign('one'), two: await sign('two'), three: await sign('three') };
    const publics = await Promise.all(['two', 'three'].map((name) => readFile(file(`${name}.pub`), 'utf8')));
    const setOf = (keys: string[]) => `{"keys":[${keys.join(',')}]}`;
    await writeFile(file('set.json'), setOf(publics.slice(0, 1)));
    const { url, program } = await startReady([
      ...local(),
      ...['--auth-key', file('one.pub'), '--auth-key', file('set.json')],
    ]);
    const status = (token: string) => statusOf(url, `/relay.json?jwt=${token}`);
    expect([await status(tokens.one), await status(tokens.two), await status(tokens.three)]).toEqual([
      200, 200, 401,
    ]);
    // A half-written file changes nothing.
    await writeFile(file('set.json'), setOf(publics).slice(0, 40));
    program.child.kill('SIGHUP');
    await waitFor('the warning', () => program.stderr().includes('(--auth-key) cannot be used'));
    expect([await status(tokens.two), await status(tokens.three)]).toEqual([200, 401]);
    await writeFile(file('set.new'), setOf(publics));
    await rename(file('set.new'), file('set.json'));
    // The relay notices the change without a signal.
    await waitFor('the third key', async () => (await status(tokens.three)) === 200);
    expect([await status(tokens.one), await status(tokens.two)]).toEqual([200, 200]);
    await writeFile(file('set.json'), setOf(publics.slice(1)));
    program.child.kill('SIGHUP');
    await waitFor('the removal', async () => (await status(tokens.two)) === 401);
    expect([await status(tokens.one), await status(tokens.three)]).toEqual([200, 200]);
  });

  it('without the claim root are valid, as on a moq-relay', async () => {
    const secret = Buffer.alloc(32, 7);
    const jwk = { kty: 'oct', alg: 'HS256', key_ops: ['sign', 'verify'], k: secret.toString('base64url') };
    await writeFile(file('hs.key'), JSON.stringify(jwk), { mode: 0o600 });
    const { url } = await startReady([...local(), '--auth-key', file('hs.key')]);
    const token = await new SignJWT({ get: 'a' }).setProtectedHeader({ alg: 'HS256' }).sign(secret);
    expect(await (await fetch(new URL(`/relay.json?jwt=${token}`, url))).json()).toMatchObject({
      read: ['a'],
    });
  });
});

describe('a running relay', () => {
  it('survives SIGHUP, locks its data folder, and responds to the health check', async () => {
    const health = () => runCli(['health', '--data-dir', join(folder, 'data')]);
    expect(await health()).toMatchObject({ code: 1, stderr: expect.stringContaining('no relay uses') });
    const first = await startReady([...local(), '--allow-pull']);
    first.program.child.kill('SIGHUP');
    await waitFor('the reload', () => first.program.stderr().includes('SIGHUP'));
    expect(await health()).toMatchObject({ code: 0, stdout: expect.stringContaining(first.url) });
    const second = await runCli([...local(), '--allow-pull']);
    expect(second).toMatchObject({ code: 1, stderr: expect.stringMatching(/Another relay.*--data-dir/) });
    // A relay that was killed does not leave the folder locked.
    await first.program.stop('SIGKILL');
    const third = await startReady([...local(), '--allow-pull']);
    expect(await statusOf(third.url, '/healthz')).toBe(200);
  });

  it('serves metrics and health checks while it waits for its first certificate', async () => {
    const [port, acmePort] = [await freePort(), await freePort()];
    const program = startCli([
      ...local(),
      ...['--domain', 'relay.example', '--acme-directory', 'https://127.0.0.1:1/dir'],
      ...['--acme-http-bind', `127.0.0.1:${acmePort}`, '--metrics-bind', `127.0.0.1:${port}`],
    ]);
    const url = `http://127.0.0.1:${port}/`;
    await waitFor('the failure', () => program.stderr().includes('No new certificate'));
    await waitFor('the metrics', () => program.stderr().includes('metrics are at'));
    expect(await statusOf(url, '/healthz')).toBe(200);
    expect(await statusOf(url, '/readyz')).toBe(503);
    const metrics = await (await fetch(new URL('/metrics', url))).text();
    expect(metrics).toMatch(/^iroh_live_relay_certificate_renewals_total\{result="failure"\} [1-9]/m);
    expect(metrics).not.toMatch(/^iroh_live_relay_certificate_expiry_timestamp_seconds /m);
    const health = await runCli(['health', '--data-dir', join(folder, 'data')]);
    expect(health).toMatchObject({ code: 0, stdout: expect.stringContaining('first certificate') });
    await program.stop('SIGTERM');
    expect(program.child.exitCode).toBe(0);
  });

  it('serves a home network over HTTPS with the same certificate after a restart', async () => {
    const certificate = async () => {
      const { url, program } = await startReady([...local(), '--own-certificate', '--allow-pull']);
      expect(url).toMatch(/^https:/);
      const found = await new Promise<string>((done, fail) => {
        const socket = connect({
          host: '127.0.0.1',
          port: Number(new URL(url).port),
          rejectUnauthorized: false,
        });
        socket.once('error', fail);
        socket.once('secureConnect', () => {
          done(socket.getPeerCertificate().fingerprint256);
          socket.destroy();
        });
      });
      await program.stop();
      return found;
    };
    expect(await certificate()).toBe(await certificate());
  });

  it('keeps the ports of both IP versions across a restart', async () => {
    const ports = async () => {
      const { program } = await startReady([
        ...['--data-dir', join(folder, 'data'), '--iroh-relay', 'disabled'],
        ...['--http-bind', '127.0.0.1:0', '--bind', '127.0.0.1:0', '--allow-pull'],
      ]);
      const { port, ipv6Port } = JSON.parse(await readFile(join(folder, 'data', 'endpoint.json'), 'utf8'));
      const sockets = [
        ['0.0.0.0', port],
        ['::', ipv6Port],
      ] as const;
      for (const [address, number] of sockets) expect(await isUdpPortTaken(address, number)).toBe(true);
      await program.stop();
      for (const [address, number] of sockets) expect(await isUdpPortTaken(address, number)).toBe(false);
      return { port, ipv6Port };
    };
    const first = await ports();
    expect(await ports()).toEqual(first);
  });
});

describe('the access log', () => {
  it('has a line for each request and each session, without tokens or tickets', async () => {
    const address = 'iojj3XQJ8ZX9UtstPLpdcspnCb8dlBIb83SIAbQPb1wA';
    const query = `name=iroh-live:${address}/hello&jwt=secret-token`;
    const { program, url } = await startReady([...local(), '--allow-pull', '--access-log']);
    expect(await statusOf(url, `/?${query}`)).toBe(200);
    expect(await statusOf(url, '/missing')).toBe(404);
    for (const [path, expected] of [
      [`/?${query}`, 'error'],
      ['/?name=studio', 'open'],
    ] as const) {
      const socket = new WebSocket(new URL(path, url.replace('http', 'ws')), ['qmux-02.moq-lite-05']);
      const outcome = new Promise<string>((resolve) => {
        socket.onopen = () => resolve('open');
        socket.onerror = () => resolve('error');
      });
      expect(await outcome).toBe(expected);
      socket.close();
    }
    await waitFor('the line of the session', () => program.stderr().includes('websocket / status=101'));
    const log = program.stderr();
    expect(log).toMatch(
      /access: GET \/ status=200 client=127\.0\.0\.1 broadcast="hello" peer=8a88e3dd74 duration_s=\d/,
    );
    expect(log).toMatch(/access: GET \/missing status=404 client=127\.0\.0\.1 broadcast=- duration_s=\d/);
    expect(log).toMatch(/access: websocket \/ status=401 .* broadcast="hello" peer=8a88e3dd74 /);
    expect(log).toMatch(
      /access: websocket \/ status=101 client=127\.0\.0\.1 broadcast="studio" duration_s=\d/,
    );
    expect(log).not.toContain('secret-token');
    expect(log).not.toContain(address);
    await program.stop();
  });
});

describe('options', () => {
  it('come from the command line, then the configuration file, then the environment', async () => {
    const [fromEnv, fromFile] = [await freePort(), await freePort()];
    const env = { IROH_LIVE_RELAY_METRICS_BIND: `127.0.0.1:${fromEnv}`, IROH_LIVE_RELAY_ALLOW_PULL: 'true' };
    const inEnv = await startReady(local(), { env });
    expect(await statusOf(`http://127.0.0.1:${fromEnv}`, '/metrics')).toBe(200);
    expect(await (await fetch(new URL('/relay.json', inEnv.url))).json()).toMatchObject({ mayPull: true });
    await inEnv.program.stop();
    await writeFile(file('relay.json'), JSON.stringify({ 'metrics-bind': `127.0.0.1:${fromFile}` }));
    await startReady([...local(), '--config', file('relay.json')], { env });
    expect(await statusOf(`http://127.0.0.1:${fromFile}`, '/metrics')).toBe(200);
    await expect(fetch(`http://127.0.0.1:${fromEnv}/metrics`)).rejects.toThrow();
  });

  it('are checked together with the files that they name', async () => {
    await makeKey('one');
    const good = await runCli(['--check', ...local(), '--auth-key', file('one.pub')]);
    expect(good).toMatchObject({ code: 0, stdout: 'The configuration is valid.' });
    const bad = await runCli([
      '--check',
      ...local(),
      '--auth-key',
      file('none'),
      '--tls-cert',
      'a',
      '--tls-key',
      'b',
    ]);
    expect(bad.code).toBe(2);
    expect(bad.stderr).toMatch(/\(--auth-key\)[\s\S]*The certificate in/);
    await writeFile(file('relay.json'), '{"max-sessions":"many"}');
    const wrong = await runCli(['--check', '--config', file('relay.json')]);
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toContain(file('relay.json'));
  });

  it('are named in the error if an address is in use', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    const { port } = (await waitFor('the port', () => taken.address() ?? undefined)) as { port: number };
    const data = [
      '--data-dir',
      join(folder, 'data'),
      '--iroh-relay',
      'disabled',
      '--iroh-bind',
      '127.0.0.1:0',
    ];
    for (const [args, option] of [
      [['--bind', `127.0.0.1:${port}`], '--bind'],
      [['--bind', `127.0.0.1:${port}`, '--http-bind', `127.0.0.1:${port}`], '--http-bind'],
      [['--http-bind', '127.0.0.1:0', '--metrics-bind', `127.0.0.1:${port}`], '--metrics-bind'],
    ] as const) {
      const failed = await runCli([...data, ...args]);
      expect(failed.code).toBe(1);
      expect(failed.stderr).toContain(`Choose another address with ${option}.`);
    }
    taken.close();
  });

  it('are named once in the error if the address of --iroh-bind is in use', async () => {
    const taken = createSocket('udp4').bind(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address();
    const failed = await runCli([...local(), '--iroh-bind', `127.0.0.1:${port}`]);
    taken.close();
    expect(failed.code).toBe(1);
    expect(failed.stderr).toContain(`The address 127.0.0.1:${port} is in use by another program.`);
    expect(failed.stderr.match(/Choose another/g)).toHaveLength(1);
  });

  it('that contradict each other or lack a value are refused with status 2', async () => {
    for (const [args, words] of [
      [['--dev', '--domain', 'a.example'], /--domain' and '--dev' cannot be used together/],
      [['--own-certificate', '--dev'], /cannot be used together/],
      [['--bind', '--dev'], /Option '--bind' needs a value/],
      [['--iroh-bind', '0.0.0.0:1,0.0.0.0:2'], /one address of each IP version/],
    ] as const) {
      const failed = await runCli(args);
      expect(failed).toMatchObject({ code: 2, stderr: expect.stringMatching(words) });
    }
    const noFolder = await runCli(['--data-dir', '/proc/none', '--bind', '127.0.0.1:0']);
    expect(noFolder).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('(--data-dir) cannot be used'),
    });
  });
});

describe.skipIf(process.platform !== 'linux')('without IPv6', () => {
  it('a relay serves IPv4, WebTransport included, and ends normally', async () => {
    const under = [...withoutIpv6(), ...(process.env.NEWER_C_LIBRARY ? [process.env.NEWER_C_LIBRARY] : [])];
    const port = await freePort();
    const { program, webTransport } = await startReady(
      [
        ...['--data-dir', join(folder, 'data'), '--iroh-relay', 'disabled', '--bind', `[::]:${port}`],
        ...['--own-certificate', '--allow-pull'],
      ],
      { under },
    );
    if (webTransport !== null) expect(await isUdpPortTaken('0.0.0.0', port)).toBe(true);
    await program.stop('SIGTERM');
    expect(program.child.exitCode).toBe(0);
  });
});
