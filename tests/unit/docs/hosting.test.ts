import { execFile } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { helpText } from '../../../main/host/cli/options.ts';
import { DEFAULT_LIMITS } from '../../../main/relay/access/limits.ts';
import { fileSource } from '../../../main/relay/certificates/certificates.ts';
import { makeSelfSigned } from '../../../main/relay/certificates/self-signed.ts';
import { parseRelay } from '../../../main/relay/cli/options.ts';
import { Metrics } from '../../../main/relay/metrics.ts';
import type { RelayOptions } from '../../../main/relay/relay-options.ts';
import { waitFor } from '../../support/wait.ts';

/** Checks the commands, options and numbers in docs/hosting.md against the program; tests/interop/hosting.test.ts runs them. */
const page = readFileSync('docs/hosting.md', 'utf8').replaceAll(/ *\\\n */g, ' ');
const folder = mkdtempSync(join(tmpdir(), 'iroh-live-docs-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function parsed(args: readonly string[], env: NodeJS.ProcessEnv = {}): RelayOptions | 'token' {
  const command = parseRelay(args, env);
  if (command.kind === 'relay-token') return 'token';
  if (command.kind !== 'relay') throw new Error(command.kind);
  return command.options;
}

const words = (line: string) => [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, a, b]) => a ?? b ?? '');

describe('docs/hosting.md', () => {
  it('mentions only options that the relay has', () => {
    const commands = [...page.matchAll(/(?:-- relay|`relay|iroh-live-relay) +((?:token |--)[^\n`#>]*)/g)].map(
      ([, rest = '']) => words(rest),
    );
    // There is one command each for trying out a relay, for the server, for the container and for the
    // gateway, and there are four for tokens.
    expect(commands.length).toBeGreaterThanOrEqual(8);
    for (const args of commands.filter((each) => !each.includes('--help'))) parsed(args);
    const named = [...page.matchAll(/`(--[a-z-]+)(?: [^`]*)?`/g)].map(([, name = '']) => name);
    const others = new Set(['--network', '--auth-url', '--cluster-connect']);
    const help = `${helpText('', ['relay'])}${helpText('', ['relay', 'token', 'sign'])}`;
    expect(named.filter((name) => !others.has(name) && !help.includes(name))).toEqual([]);
  });

  it('shows a valid configuration file', () => {
    const [, json = ''] = /\n( {4}\{[^}]*\})/.exec(page) ?? [];
    const file = join(folder, 'relay.json');
    writeFileSync(file, json);
    expect(parsed(['--config', file])).toMatchObject({ allowPull: true, metricsBind: '127.0.0.1:9464' });
  });

  it('states the real limits and metrics', async () => {
    const { sessions, sessionsPerClient, pulls, pullsPerClient, announcements, streams, bpsPerClient } =
      DEFAULT_LIMITS;
    expect(page.replaceAll('\n', ' ')).toContain(
      `${sessions} sessions in total and ${sessionsPerClient} from one address, ${pulls} tickets and ${pullsPerClient} ` +
        `for one client, ${announcements} broadcasts and ${streams} open streams for one session, ` +
        `${bpsPerClient / 1e6} Mbit/s for one client`,
    );
    const none = { sent: 0, received: 0 };
    const metrics = new Metrics(async () => ({
      sessions: { iroh: 0, webtransport: 0, websocket: 0 },
      ...{ broadcasts: 0, viewers: 0, pulls: {}, upstreams: 0, certificateExpiresAtMs: null },
      bytes: { client: none, upstream: none, cluster: none },
    }));
    const text = await metrics.text();
    const named = [...page.matchAll(/`((?:iroh_live_relay|nodejs)_\w+)/g)].map(([, name = '']) => name);
    expect(named.length).toBeGreaterThanOrEqual(5);
    expect(named.filter((name) => !text.includes(`# TYPE ${name} `))).toEqual([]);
    metrics.close();
  });

  it('installs a valid systemd unit with valid relay options', async ({ skip }) => {
    const unit = 'packaging/iroh-live-relay.service';
    const [, options = ''] = /^ExecStart=\S+ \S+ relay (.*)$/m.exec(readFileSync(unit, 'utf8')) ?? [];
    expect(words(options)[0]).toBe('--config');
    // If systemd-analyze is missing, `npm test` prints a line that starts with SKIPPED.
    if (!existsSync('/usr/bin/systemd-analyze')) return skip('systemd-analyze is not installed');
    // Replace the path of Node in the unit, because Node might be installed elsewhere on this machine.
    const copy = join(folder, 'iroh-live-relay.service');
    writeFileSync(copy, readFileSync(unit, 'utf8').replaceAll('/usr/bin/node', '/bin/true'));
    // systemd merges the file into the unit, and rejects a line that it does not know.
    mkdirSync(`${copy}.d`);
    copyFileSync('packaging/iroh-live-relay-files.conf', join(`${copy}.d`, 'files.conf'));
    const { stdout, stderr } = await promisify(execFile)('systemd-analyze', ['verify', copy]);
    expect(stdout + stderr).toBe('');
  });

  it('builds an image with valid commands and relay options', () => {
    const file = readFileSync('packaging/Dockerfile', 'utf8');
    // `npm ci` rejects this project's lock file, which lacks the packages for platforms other than the one on
    // which it was created.
    expect(`${page}${file.replaceAll(/^#.*$/gm, '')}`).not.toContain('npm ci');
    const [, entry = ''] = /^ENTRYPOINT (\[.*\])$/m.exec(file) ?? [];
    const args: string[] = JSON.parse(entry);
    expect(args.slice(0, 3)).toEqual(['node', 'dist/main/cli.cjs', 'relay']);
    // Without a domain, as behind a proxy, the variables must also be valid.
    const variables = [...file.replaceAll(/^#.*$/gm, '').matchAll(/(IROH_LIVE_RELAY_\w+)=(\S+)/g)].map(
      ([, name, value]) => [name, value],
    );
    expect(parsed(args.slice(3), Object.fromEntries(variables))).toMatchObject({
      ...{ irohBind: '0.0.0.0:4500', metricsBind: '127.0.0.1:9464', dataDir: '/data' },
    });
    for (const [, port = ''] of file.matchAll(/(\d+)\/(?:tcp|udp)/g)) expect(page).toContain(`${port}/`);
  });
});

describe('packaging/certbot-deploy-hook', () => {
  const script = resolve('packaging/certbot-deploy-hook');
  const run = (lineage: string, to: string) =>
    promisify(execFile)('sh', [script], {
      env: {
        ...process.env,
        RENEWED_LINEAGE: lineage,
        RELAY_FILES: to,
        RELAY_GROUP: String(process.getgid?.()),
      },
    });

  it.skipIf(process.platform === 'win32')(
    'copies a renewed certificate for the group of the relay',
    async () => {
      const [lineage, to] = [join(folder, 'live', 'relay.example'), join(folder, 'files')];
      for (const each of [lineage, to]) mkdirSync(each, { recursive: true });
      const renew = async () => {
        const made = await makeSelfSigned(60 * 60 * 1000);
        // Like certbot, create the files as links to an archive that only root can read.
        for (const [name, text] of [
          ['fullchain', made.cert],
          ['privkey', made.key],
        ] as const) {
          rmSync(join(lineage, `${name}.pem`), { force: true });
          writeFileSync(join(lineage, `${name}-1.pem`), text, { mode: 0o600 });
          symlinkSync(join(lineage, `${name}-1.pem`), join(lineage, `${name}.pem`));
        }
        await run(lineage, to);
        return made;
      };
      const files = { certFile: join(to, 'fullchain.pem'), keyFile: join(to, 'privkey.pem') };
      const first = await renew();
      const source = await fileSource(files, 50);
      expect(source.current().cert).toBe(first.cert);
      for (const file of Object.values(files)) expect(statSync(file).mode & 0o777).toBe(0o640);
      const second = await renew();
      await waitFor('the renewed certificate', () => source.current().cert === second.cert);
      source.close();
      expect(readdirSync(to).sort()).toEqual(['fullchain.pem', 'privkey.pem']);
      // certbot reports a hook that fails, and the relay keeps the old certificate.
      await expect(run(join(folder, 'missing'), to)).rejects.toMatchObject({ code: expect.any(Number) });
      expect(readFileSync(files.certFile, 'utf8')).toBe(second.cert);
    },
  );
});
