import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { helpText } from '../../../main/host/cli/options.ts';
import { DEFAULT_LIMITS } from '../../../main/relay/access/limits.ts';
import { parseRelay } from '../../../main/relay/cli/options.ts';
import { Metrics } from '../../../main/relay/metrics.ts';
import type { RelayOptions } from '../../../main/relay/relay-options.ts';

/** What the page on hosting tells people to type, held against the program; tests/interop/hosting.test.ts does it. */
const page = readFileSync('docs/hosting.md', 'utf8').replaceAll(/ *\\\n */g, ' ');
const folder = mkdtempSync(join(tmpdir(), 'iroh-live-docs-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function parsed(args: readonly string[]): RelayOptions | 'token' {
  const command = parseRelay(args, {});
  if (command.kind === 'relay-token') return 'token';
  if (command.kind !== 'relay') throw new Error(command.kind);
  return command.options;
}

const words = (line: string) => [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, a, b]) => a ?? b ?? '');

describe('the page on hosting a relay', () => {
  it('names no option that the relay does not have', () => {
    const commands = [...page.matchAll(/(?:-- relay|`relay|iroh-live-relay) +((?:token |--)[^\n`#>]*)/g)].map(
      ([, rest = '']) => words(rest),
    );
    // First try, server, container, four for tokens, gateway.
    expect(commands.length).toBeGreaterThanOrEqual(8);
    for (const args of commands.filter((each) => !each.includes('--help'))) parsed(args);
    const named = [...page.matchAll(/`(--[a-z-]+)(?: [^`]*)?`/g)].map(([, name = '']) => name);
    const others = new Set(['--network', '--auth-url', '--cluster-connect']);
    const help = `${helpText('', ['relay'])}${helpText('', ['relay', 'token', 'sign'])}`;
    expect(named.filter((name) => !others.has(name) && !help.includes(name))).toEqual([]);
  });

  it('shows a configuration file that is one', () => {
    const [, json = ''] = /\n( {4}\{[^}]*\})/.exec(page) ?? [];
    const file = join(folder, 'relay.json');
    writeFileSync(file, json);
    expect(parsed(['--config', file])).toMatchObject({ allowPull: true, metricsBind: '127.0.0.1:9464' });
  });

  it('tells the limits and the metrics that there are', async () => {
    const { sessions, sessionsPerClient, pulls, pullsPerClient, announcements, streams, bpsPerClient } =
      DEFAULT_LIMITS;
    expect(page.replaceAll('\n', ' ')).toContain(
      `${sessions} sessions in all and ${sessionsPerClient} from one address, ${pulls} tickets and ${pullsPerClient} ` +
        `for one client, ${announcements} broadcasts and ${streams} open streams for one session, ` +
        `${bpsPerClient / 1e6} Mbit/s for one client`,
    );
    const counts = { sessions: { iroh: 0, webtransport: 0, websocket: 0 }, broadcasts: 0, pulls: {} };
    const metrics = new Metrics(() => ({ ...counts, upstreams: 0, sentBytes: 0, receivedBytes: 0 }));
    const text = await metrics.text();
    const named = [...page.matchAll(/`((?:iroh_live_relay|nodejs)_\w+)/g)].map(([, name = '']) => name);
    expect(named.length).toBeGreaterThanOrEqual(5);
    expect(named.filter((name) => !text.includes(`# TYPE ${name} `))).toEqual([]);
    metrics.close();
  });

  it('has a unit that systemd takes, with options that the relay takes', async ({ skip }) => {
    const unit = 'packaging/iroh-live-relay.service';
    const [, options = ''] = /^ExecStart=\S+ \S+ relay (.*)$/m.exec(readFileSync(unit, 'utf8')) ?? [];
    expect(words(options)[0]).toBe('--config');
    if (!existsSync('/usr/bin/systemd-analyze') || !existsSync('/usr/bin/node')) {
      process.stderr.write(
        'SKIPPED: the unit of systemd: there is no systemd-analyze, or no /usr/bin/node\n',
      );
      return skip();
    }
    const { stdout, stderr } = await promisify(execFile)('systemd-analyze', ['verify', unit]);
    expect(stdout + stderr).toBe('');
  });

  it('has an image whose commands are real', () => {
    const file = readFileSync('packaging/Dockerfile', 'utf8');
    // It refuses the lock file of this project, which follows no platform but those that it was made on.
    expect(`${page}${file.replaceAll(/^#.*$/gm, '')}`).not.toContain('npm ci');
    const [, entry = ''] = /^ENTRYPOINT (\[.*\])$/m.exec(file) ?? [];
    const args: string[] = JSON.parse(entry);
    expect(args.slice(0, 3)).toEqual(['node', 'dist/main/cli.cjs', 'relay']);
    // Also behind a proxy, where no name is given.
    expect(parsed(args.slice(3))).toMatchObject({ irohBind: '0.0.0.0:4500' });
    for (const [, port = ''] of file.matchAll(/(\d+)\/(?:tcp|udp)/g)) expect(page).toContain(`${port}/`);
  });
});
