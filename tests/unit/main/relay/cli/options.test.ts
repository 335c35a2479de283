import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { optionNames } from '../../../../../main/base/cli-command.ts';
import { applicationArguments } from '../../../../../main/host/cli/application-arguments.ts';
import {
  helpText,
  isRelayCommandLine,
  parseCommandLine,
  UsageError,
} from '../../../../../main/host/cli/options.ts';
import { relayDefinition } from '../../../../../main/relay/cli/definition.ts';
import { parseRelay } from '../../../../../main/relay/cli/options.ts';
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
  it('denies everything by default', () => {
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

  it('allows everything but private addresses with --dev', () => {
    expect(options('--dev')).toMatchObject({
      dev: true,
      publicRead: [''],
      publicPublish: [''],
      allowPull: true,
      allowPrivateAddresses: false,
    });
  });

  it('is reachable only from this machine with --dev, unless an address is set', () => {
    const local = { localOnly: true, bind: '127.0.0.1:4443', httpBind: '127.0.0.1:4443' };
    expect(options('--dev')).toMatchObject(local);
    expect(options('--dev', '--bind', '[::]:4443')).toMatchObject({
      localOnly: false,
      bind: '[::]:4443',
      httpBind: '[::]:4443',
    });
    expect(options('--dev', '--http-bind', '192.0.2.7:80')).toMatchObject({
      localOnly: false,
      bind: '192.0.2.7:4443',
      httpBind: '192.0.2.7:80',
    });
    expect(options('--dev', '--iroh-bind', '0.0.0.0:4500')).toMatchObject({ ...local, localOnly: false });
    expect(options('--public', '*')).toMatchObject({ localOnly: false, bind: '[::]:4443' });
  });

  it('is a command of the application', () => {
    expect(parseCommandLine(['relay', '--dev'], {})).toMatchObject({ kind: 'relay', options: { dev: true } });
    expect(parseCommandLine(['relay', '--help'], {})).toEqual({ kind: 'help', command: ['relay'] });
    expect(parseCommandLine(['relay', 'token', 'key'], {})).toMatchObject({ kind: 'relay-token' });
  });

  it('reads the data folder from the environment', () => {
    const command = parseRelay([], { IROH_LIVE_RELAY_DATA: '/srv/relay' });
    expect(command).toMatchObject({ options: { dataDir: '/srv/relay' } });
  });

  it('normalizes path patterns', () => {
    expect(
      options('--public', '*', '--public-read', '/rooms/one/', '--public-publish', 'up/**'),
    ).toMatchObject({
      publicRead: ['', 'rooms/one'],
      publicPublish: ['', 'up'],
    });
  });

  it('reads a configuration file and lets the command line override it', () => {
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
    [['--bind', '--dev']],
    [['--dev', '--domain', 'a.example']],
    [['--config', '/nowhere/at/all.json']],
    [['token']],
    [['token', 'sign']],
    [['token', 'sign', '--key', 'k']],
  ])('rejects %j with a usage error', (args) => {
    expect(() => parseRelay(args, {})).toThrow(UsageError);
  });

  it.each(['{', '[]', '{"dev":"yes"}', '{"nonsense":1}', '{"config":"other.json"}'])(
    'rejects the configuration %s and names the file',
    (text) => {
      expect(() => options('--config', config(text))).toThrow(/configuration file/);
    },
  );

  it.each([
    ['{"bind":"x"}', /--bind.*"x"/],
    ['{"max-sessions":0}', /--max-sessions.*"0"/],
    ['{"dev":true,"domain":"a.example"}', /--domain.*--dev/],
  ])('names the file and the option of an invalid value in %s', (text, message) => {
    const file = config(text);
    expect(() => options('--config', file)).toThrow(message);
    expect(() => options('--config', file)).toThrow(file);
  });

  it('shows the help of the token commands', () => {
    expect(parseRelay(['token', 'sign', '--help'], {})).toEqual({ kind: 'help', command: ['token', 'sign'] });
    expect(parseRelay(['token', '-h'], {})).toEqual({ kind: 'help', command: ['token'] });
  });

  it('documents every option in the help', () => {
    const help = helpText('1', ['relay']);
    for (const name of optionNames(relayDefinition())) {
      expect(help).toContain(`--${name}`);
    }
  });
});

describe('the relay in Electron’s program', () => {
  it.each([
    [
      ['exe', 'relay', '--dev'],
      ['relay', '--dev'],
    ],
    [['exe', '--no-sandbox', '/app', 'relay'], ['relay']],
    [['exe', '--ozone-platform=headless', '/app', 'relay'], ['relay']],
    [
      ['exe', '/app', '--json', '--data-dir', 'd', 'relay', '--bogus'],
      ['--json', '--data-dir', 'd', 'relay', '--bogus'],
    ],
  ])('is recognized by the arguments of %j', (argv, args) => {
    expect(applicationArguments(argv, ['/app'])).toEqual(args);
    expect(isRelayCommandLine(args)).toBe(true);
  });

  it.each([[['exe', 'iroh-live:x/relay', 'relay']], [['exe', '--host', 'browser']]])(
    'is not recognized in %j',
    (argv) => {
      expect(isRelayCommandLine(applicationArguments(argv, ['/app']))).toBe(false);
    },
  );
});
