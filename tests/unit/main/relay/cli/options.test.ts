import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parseCommandLine, UsageError } from '../../../../../main/host/cli/options.ts';
import { relayArguments } from '../../../../../main/host/electron/electron-as-node.ts';
import { relayHelpText } from '../../../../../main/relay/cli/help.ts';
import { parseRelay, relayOptionNames } from '../../../../../main/relay/cli/options.ts';
import type { RelayOptions } from '../../../../../main/relay/relay-options.ts';

const folder = mkdtempSync(join(tmpdir(), 'iroh-live-options-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function options(...args: string[]): RelayOptions {
  const command = parseRelay(args, {});
  if (command.kind !== 'relay') throw new Error(command.kind);
  return command.options;
}

function config(text: string): string {
  const file = join(folder, `${Math.random()}.json`);
  writeFileSync(file, text);
  return file;
}

describe('the relay’s command line', () => {
  it('is safe by default', () => {
    expect(options()).toMatchObject({
      dev: false,
      bind: '[::]:4443',
      httpBind: '[::]:4443',
      publicRead: [],
      publicPublish: [],
      allowPull: false,
      allowPrivateAddresses: false,
      trustProxy: false,
      tls: null,
      releaseMs: 10_000,
    });
  });

  it('--dev opens everything but the private network', () => {
    expect(options('--dev')).toMatchObject({
      dev: true,
      publicRead: [''],
      publicPublish: [''],
      allowPull: true,
      allowPrivateAddresses: false,
    });
  });

  it('is one of the application’s commands', () => {
    expect(parseCommandLine(['relay', '--dev'], {})).toMatchObject({ kind: 'relay', options: { dev: true } });
    expect(parseCommandLine(['relay', '--help'], {})).toEqual({ kind: 'relay-help' });
    expect(parseCommandLine(['relay', 'token', 'key'], {})).toMatchObject({ kind: 'relay-token' });
  });

  it('takes the data folder from the environment', () => {
    const command = parseRelay([], { IROH_LIVE_RELAY_DATA: '/srv/relay' });
    expect(command).toMatchObject({ options: { dataDir: '/srv/relay' } });
  });

  it('reads paths in their usual spellings', () => {
    expect(
      options('--public', '*', '--public-read', '/rooms/one/', '--public-publish', 'up/**'),
    ).toMatchObject({
      publicRead: ['', 'rooms/one'],
      publicPublish: ['', 'up'],
    });
  });

  it('reads a configuration file, which the command line overrides', () => {
    const file = config(
      '{"dev":true,"public-read":"a","public-publish":["b","c"],"max-sessions":5,"bind":"[::]:1"}',
    );
    expect(options('--config', file, '--bind', '[::]:2')).toMatchObject({
      dev: true,
      bind: '[::]:2',
      publicPublish: ['', 'b', 'c'],
      limits: { sessions: 5 },
    });
  });

  it.each([
    [['--bind', 'x']],
    [['--tls-cert', 'a.pem']],
    [['--max-sessions', '0']],
    [['--max-mbps', '-1']],
    [['--public', 'a*b']],
    [['--iroh-relay', 'ftp://x']],
    [['ticket']],
    [['--nonsense']],
    [['--config', '/nowhere/at/all.json']],
    [['token']],
    [['token', 'sign']],
    [['token', 'sign', '--key', 'k']],
  ])('refuses %j in words', (args) => {
    expect(() => parseRelay(args, {})).toThrow(UsageError);
  });

  it.each(['{', '[]', '{"dev":"yes"}', '{"nonsense":1}', '{"config":"other.json"}'])(
    'refuses a configuration of %s in words',
    (text) => {
      expect(() => options('--config', config(text))).toThrow(/configuration file/);
    },
  );

  it('shows the help to whoever asks for that of a token', () => {
    expect(parseRelay(['token', 'sign', '--help'], {})).toEqual({ kind: 'relay-token-help' });
    expect(parseRelay(['token', '-h'], {})).toEqual({ kind: 'relay-token-help' });
  });

  it('has all its options in the help', () => {
    const help = relayHelpText('1');
    for (const name of relayOptionNames) {
      expect(help).toContain(`--${name}`);
    }
  });
});

describe('the relay in Electron’s program', () => {
  it('is known by its arguments alone', () => {
    const script = '/app/dist/main/electron.cjs';
    expect(relayArguments(['exe', 'relay', '--dev'], script)).toEqual(['relay', '--dev']);
    expect(relayArguments(['exe', '--no-sandbox', '/app', 'relay'], script)).toEqual(['relay']);
    expect(relayArguments(['exe', script, 'relay'], script)).toEqual(['relay']);
    expect(relayArguments(['exe', 'iroh-live:x/relay', 'relay'], script)).toBeUndefined();
    expect(relayArguments(['exe', '--host', 'browser'], script)).toBeUndefined();
  });
});
