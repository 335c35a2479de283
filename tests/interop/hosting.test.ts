import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { Path } from 'moq-net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { relayInfoSchema } from '../../common/relay/relay-schemas.ts';
import { KEY_FILE } from '../../main/endpoint/identity.ts';
import { run, stopPrograms } from '../support/processes.ts';
import { startRelayProcess } from '../support/relay-process.ts';
import { overWebSocket, startRelay, waitUntilAnnounced } from '../support/relays.ts';
import { NumberedBroadcast } from '../support/sessions.ts';
import { freePort, waitFor } from '../support/wait.ts';

/**
 * Runs the commands from docs/hosting.md and packaging/. tests/unit/docs/hosting.test.ts checks their text.
 */
const execute = promisify(execFile);
const project = resolve('.');
/** Runs Node with Debian 13's C library, which the image contains, if this system's C library is older. */
const runner = join(homedir(), '.cache', 'newer-glibc', 'run');
const node = existsSync(runner) ? [runner, process.execPath] : [process.execPath];

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'iroh-live-hosting-'));
});
afterEach(stopPrograms);
afterAll(() => rm(folder, { recursive: true, force: true }));

/**
 * Runs the Dockerfile's steps in clean folders, because Docker might not be installed. Uses this project's
 * node_modules instead of `npm install`, and copies the dependencies in package.json instead of `npm prune`.
 */
async function buildImage(): Promise<string> {
  const [build, app] = [join(folder, 'build'), join(folder, 'app')];
  await mkdir(app);
  const { stdout } = await execute('git', ['ls-files', '-co', '--exclude-standard']);
  const ignored = readFileSync('packaging/Dockerfile.dockerignore', 'utf8').split('\n').filter(Boolean);
  const files = stdout.split('\n').filter((file) => file !== '' && existsSync(file));
  for (const file of files) {
    if (ignored.some((name) => file === name || file.startsWith(`${name}/`))) continue;
    await mkdir(dirname(join(build, file)), { recursive: true });
    await cp(file, join(build, file), { recursive: true });
  }
  await symlink(resolve('node_modules'), join(build, 'node_modules'));
  await execute(process.execPath, ['scripts/build.mjs'], { cwd: build });
  const { dependencies } = JSON.parse(readFileSync(join(build, 'package.json'), 'utf8'));
  for (const name of Object.keys(dependencies)) {
    const { optionalDependencies = {} } = JSON.parse(
      readFileSync(join('node_modules', name, 'package.json'), 'utf8'),
    );
    for (const each of [name, ...Object.keys(optionalDependencies)]) {
      const from = join('node_modules', each);
      if (existsSync(from)) await cp(from, join(app, 'node_modules', each), { recursive: true });
    }
  }
  await cp(join(build, 'package.json'), join(app, 'package.json'));
  await cp(join(build, 'dist'), join(app, 'dist'), { recursive: true });
  return app;
}

const instruction = (name: string): string[] => {
  const text = readFileSync('packaging/Dockerfile', 'utf8');
  return JSON.parse(new RegExp(`${name} (\\[.*\\])$`, 'm').exec(text)?.[1] ?? '[]');
};

/** The environment variables that the Dockerfile sets, as `NAME=VALUE`. */
function imageVariables(): string[] {
  const text = readFileSync('packaging/Dockerfile', 'utf8');
  const [, lines = ''] = /^ENV ((?:.*\\\n)*.*)$/m.exec(text) ?? [];
  return lines.split(/[\s\\]+/).filter((one) => one !== '');
}

describe('the image', () => {
  it('runs without root, serves pages and WebTransport, and passes its health check', async () => {
    const app = await buildImage();
    const data = join(folder, 'data');
    await mkdir(data);
    const [, ...entry] = instruction('ENTRYPOINT');
    const [first = '', ...rest] = node;
    const http = `127.0.0.1:${await freePort()}`;
    const options = ['--dev', '--iroh-relay', 'disabled', '--http-bind', http, '--bind', '127.0.0.1:0'];
    // The image runs as a user other than root. If the test runs as root, it drops root's capabilities but
    // can still read this project's files.
    const asUser = process.getuid?.() === 0 ? ['setpriv', '--bounding-set=-all', '--inh-caps=-all'] : [];
    const variables = [...imageVariables(), `IROH_LIVE_RELAY_DATA=${data}`, 'HOME=/nonexistent'];
    const inImage = ['env', '-C', app, ...variables];
    const [command = '', ...args] = [...asUser, ...inImage, first, ...rest, ...entry, '--json', ...options];
    const relay = run(command, args);
    const lines: string[] = [];
    relay.onLine((line) => lines.push(line));
    const ready = await waitFor(
      'the relay',
      () => {
        if (relay.child.exitCode !== null) throw new Error(relay.stderr());
        return lines.find((line) => line.includes('"ready"'));
      },
      20_000,
    );
    if (existsSync(runner)) expect(JSON.parse(ready).webTransport).toMatch(/^https:/);
    for (const path of ['/', '/publish', '/embed']) {
      expect((await fetch(`http://${http}${path}`)).headers.get('content-type')).toMatch(/^text\/html/);
    }
    expect(existsSync(join(data, KEY_FILE))).toBe(true);
    const [, ...check] = instruction('HEALTHCHECK .* CMD');
    const healthy = () => execute('env', ['-C', app, ...variables, process.execPath, ...check]);
    await healthy();
    await relay.stop();
    await expect(healthy()).rejects.toThrow();
  }, 120_000);
});

describe('a relay without options', () => {
  it('warns that nothing is allowed, and reports this in /relay.json', async () => {
    const relay = await startRelayProcess({ options: [] });
    await waitFor('the warning', () =>
      /denies all watching and publishing.*--allow-pull/.test(relay.program.stderr()),
    );
    const info = relayInfoSchema.parse(await (await fetch(new URL('/relay.json', relay.url))).json());
    expect(info).toMatchObject({ read: [], publish: [], mayPull: false });
  }, 30_000);
});

describe('tokens from the commands in docs/hosting.md', () => {
  it('are valid with both the private and the public key', async () => {
    const page = readFileSync('docs/hosting.md', 'utf8');
    const lines = [...page.matchAll(/^ {4}npm -s start -- (relay token [^#\n]*)/gm)].map(
      ([, rest = '']) => rest,
    );
    expect(lines).toHaveLength(4);
    const cli = `${process.execPath} ${join(project, 'scripts/start.mjs')}`;
    const output: string[] = [];
    for (const line of lines) {
      output.push((await execute('sh', ['-c', `${cli} ${line}`], { cwd: folder })).stdout.trim());
    }
    const [, , studio = '', everything = ''] = output;
    for (const key of ['relay.key', 'relay.pub']) {
      const relay = await startRelay(['--http-bind', '127.0.0.1:0', '--auth-key', join(folder, key)]);
      const info = async (jwt: string) =>
        relayInfoSchema.parse(
          await (await fetch(new URL(`/relay.json?jwt=${jwt}`, relay.relay.http))).json(),
        );
      expect(await info(studio)).toMatchObject({ publish: ['studio'], mayPull: false });
      expect(await info(everything)).toMatchObject({ read: [''], mayPull: true });
      await relay.close();
    }
  }, 60_000);
});

const nginx = ['/usr/sbin/nginx', '/usr/bin/nginx'].find((file) => existsSync(file));

describe.skipIf(!nginx)('a relay behind nginx with the configuration in docs/hosting.md', () => {
  it('serves pages and sessions', async () => {
    const page = readFileSync('docs/hosting.md', 'utf8');
    const block = (name: string) =>
      new RegExp(`^ {4}${name} [^\\n]*\\{\\n(?: {6}.*\\n)+ {4}\\}`, 'm').exec(page)?.[0];
    const relay = await startRelay(['--http-bind', '127.0.0.1:0', '--trust-proxy', '--public', '*']);
    const port = await freePort();
    const { host } = new URL(relay.relay.http);
    const location = (block('location') ?? '').replace('127.0.0.1:4443', host);
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
      .map((name) => `${name}_temp_path ${folder}/${name};`)
      .join(' ');
    const text = `daemon off; pid ${folder}/nginx.pid; error_log stderr; events {}
      http { access_log off; ${temporary} ${block('map')} server { listen 127.0.0.1:${port}; ${location} } }`;
    await writeFile(join(folder, 'nginx.conf'), text);
    const proxy = run(nginx ?? '', ['-c', join(folder, 'nginx.conf'), '-e', 'stderr']);
    const url = `http://127.0.0.1:${port}/`;
    await waitFor('nginx', async () => {
      if (proxy.child.exitCode !== null) throw new Error(proxy.stderr());
      return (await fetch(new URL('/healthz', url)).catch(() => undefined))?.ok;
    });
    const source = new NumberedBroadcast();
    const [from, to] = [await overWebSocket(url, '/rooms'), await overWebSocket(url)];
    from.established.publish(Path.from('one'), source.producer);
    await waitUntilAnnounced(to, 'rooms/one');
    await Promise.all([from.close(), to.close()]);
    source.close();
    await relay.close();
  }, 30_000);
});
