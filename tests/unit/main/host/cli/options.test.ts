import { describe, expect, test } from 'vitest';
import { defaultDataDir } from '../../../../../main/base/paths.ts';
import { applicationArguments } from '../../../../../main/host/cli/application-arguments.ts';
import {
  helpText,
  parseCommandLine,
  programOptionNames,
  UsageError,
} from '../../../../../main/host/cli/options.ts';
import type { RunOptions } from '../../../../../main/host/cli/run-options.ts';

const optionNames = programOptionNames();

function run(...args: string[]): RunOptions {
  const command = parseCommandLine(args, {});
  if (command.kind !== 'run') throw new Error(`a ${command.kind} command`);
  return command.options;
}

describe('the command line', () => {
  test('has a default for every option', () => {
    expect(run()).toEqual({
      dataDir: defaultDataDir(process.platform, {}),
      host: null,
      port: 0,
      open: true,
      irohBind: undefined,
      irohRelay: 'default',
      autostart: null,
      autoAccept: false,
      onlyContacts: false,
      listBroadcasts: false,
      rendition: 'auto',
      maxResolution: null,
      latencyMs: null,
      json: false,
      stats: false,
      logLevel: 'info',
      ticket: null,
    });
  });

  test('parses every option', () => {
    const options = run(
      '--data-dir=/tmp/anna',
      '--host',
      'browser',
      '--port=8080',
      '--no-open',
      '--iroh-bind',
      '[::1]:4500',
      '--iroh-relay=https://relay.example/',
      '--autostart',
      'test',
      '--auto-accept',
      '--only-contacts',
      '--list-broadcasts',
      '--rendition=video/h264-720p',
      '--max-resolution',
      '360p',
      '--latency-ms=0',
      '--json',
      '--stats',
      '--log-level=debug',
      'iroh-live:abc/hello',
    );
    expect(options).toEqual({
      dataDir: '/tmp/anna',
      host: 'browser',
      port: 8080,
      open: false,
      irohBind: '[::1]:4500',
      irohRelay: 'https://relay.example/',
      autostart: 'test',
      autoAccept: true,
      onlyContacts: true,
      listBroadcasts: true,
      rendition: 'video/h264-720p',
      maxResolution: '360p',
      latencyMs: 0,
      json: true,
      stats: true,
      logLevel: 'debug',
      ticket: 'iroh-live:abc/hello',
    });
  });

  test.each([
    [['--bogus'], /--bogus/],
    [['--port', '65536'], /--port.*65536/],
    [['--port', '-1'], /--port/],
    [['--port=1e3'], /--port.*1e3/],
    [['--port'], /--port/],
    [['--host', 'tv'], /--host.*tv.*electron or browser/],
    [['--autostart', 'file'], /--autostart.*file/],
    [['--iroh-bind', 'localhost:1'], /--iroh-bind.*localhost:1/],
    [['--iroh-bind', '1.2.3.4'], /--iroh-bind/],
    [['--iroh-bind', '::1:80'], /--iroh-bind/],
    [['--iroh-bind', '[1.2.3.4]:80'], /--iroh-bind/],
    [['--iroh-bind', '1.2.3.4:70000'], /--iroh-bind/],
    [['--iroh-relay', 'relay.example'], /--iroh-relay.*relay\.example/],
    [['--iroh-relay', 'ftp://relay.example'], /--iroh-relay/],
    [['--data-dir', ''], /--data-dir/],
    [['--log-level', 'loud'], /--log-level.*loud/],
    [['one', 'two'], /two/],
    [['ticket'], /needs a ticket/],
    [['ticket', 'one', 'two'], /two/],
    [['ticket', 'one', '--port', '1'], /--port/],
    [['--rendition='], /--rendition/],
    [['--rendition', 'a\nb'], /--rendition/],
    [['--max-resolution', '480p'], /--max-resolution.*480p.*180p or 360p/],
    [['--latency-ms', '10001'], /--latency-ms.*10001/],
    [['--latency-ms', '-1'], /--latency-ms/],
    [['--latency-ms=real-time'], /--latency-ms/],
    [['--json=yes'], /--json/],
    [['--data-dir', '--json'], /--data-dir.*needs a value/],
    [['--hots', 'browser'], /--hots.*--host/],
    [['--host', 'browser', 'relay'], /--host.*relay/],
    [['completion', 'tcsh'], /tcsh/],
  ])('rejects %j and names the option', (args, message) => {
    expect(() => parseCommandLine(args, {})).toThrow(UsageError);
    expect(() => parseCommandLine(args, {})).toThrow(message);
  });

  test('recognizes its commands', () => {
    expect(parseCommandLine(['--help', '--port', '9'], {})).toEqual({ kind: 'help', command: [] });
    expect(parseCommandLine(['-h'], {})).toEqual({ kind: 'help', command: [] });
    expect(parseCommandLine(['--version'], {})).toEqual({ kind: 'version' });
    expect(parseCommandLine(['ticket', 'x/y', '--json'], {})).toEqual({
      kind: 'ticket',
      ticket: 'x/y',
      json: true,
    });
    expect(parseCommandLine(['completion', 'zsh'], {})).toEqual({ kind: 'completion', shell: 'zsh' });
  });

  test.each([
    [['--', 'relay'], 'relay'],
    [['--json', '--', 'ticket'], 'ticket'],
    [['--', '--json'], '--json'],
  ])('treats what follows “--” as a ticket: %j', (args, ticket) => {
    expect(run(...args)).toMatchObject({ ticket, json: args[0] === '--json' });
  });

  test('selects no command of the relay after “--”', () => {
    expect(() => parseCommandLine(['relay', '--dev', '--', 'token'], {})).toThrow(
      /"relay" takes no argument/,
    );
  });

  test('shows the help of a command despite other errors', () => {
    expect(parseCommandLine(['--port', 'x', '--help'], {})).toEqual({ kind: 'help', command: [] });
    expect(parseCommandLine(['--json', 'relay', '--bind', 'x', '-h'], {})).toEqual({
      kind: 'help',
      command: ['relay'],
    });
    expect(helpText('1', ['relay', 'token', 'sign'])).toContain('--expires-in');
  });

  test('accepts options before a command that also defines them', () => {
    expect(
      parseCommandLine(['--json', '--data-dir', '/tmp/a', '--log-level=warn', 'relay', '--dev'], {}),
    ).toMatchObject({
      kind: 'relay',
      options: { json: true, dataDir: '/tmp/a', logLevel: 'warn', dev: true },
    });
    expect(parseCommandLine(['--data-dir', '/tmp/a', 'relay', '--data-dir', '/tmp/b'], {})).toMatchObject({
      options: { dataDir: '/tmp/b' },
    });
    expect(parseCommandLine(['--json', 'ticket', 'x/y'], {})).toMatchObject({ kind: 'ticket', json: true });
  });

  test('reads the log level from the environment and rejects an invalid one', () => {
    const command = parseCommandLine([], { IROH_LIVE_LOG: 'debug' });
    expect(command.kind === 'run' && command.options.logLevel).toBe('debug');
    expect(() => parseCommandLine([], { IROH_LIVE_LOG: 'x' })).toThrow(/IROH_LIVE_LOG/);
  });

  test('documents every option in the help', () => {
    const text = helpText('1.2.3');
    for (const option of optionNames) expect(text).toContain(`--${option}`);
    expect(text).toContain('1.2.3');
  });
});

describe('the data folder', () => {
  test('follows the conventions of each platform', () => {
    expect(defaultDataDir('linux', {}, '/home/anna')).toBe('/home/anna/.local/share/iroh-live-desktop');
    expect(defaultDataDir('linux', { XDG_DATA_HOME: '/data' }, '/home/anna')).toBe('/data/iroh-live-desktop');
    expect(defaultDataDir('linux', { XDG_DATA_HOME: 'data' }, '/h')).toBe(
      '/h/.local/share/iroh-live-desktop',
    );
    expect(defaultDataDir('darwin', {}, '/U/a')).toBe('/U/a/Library/Application Support/iroh-live-desktop');
    expect(defaultDataDir('win32', { APPDATA: '/R' }, '/U/a')).toBe('/R/iroh-live-desktop');
  });
});

describe("Electron's arguments", () => {
  test('exclude Chromium’s switches in a packaged app', () => {
    const argv = ['/app', '--no-sandbox', '--json', '--remote-debugging-port=0', 'iroh-live:x/y'];
    expect(applicationArguments(argv, [])).toEqual(['--json', 'iroh-live:x/y']);
  });

  test.each(optionNames)('keep the application’s --%s', (name) => {
    expect(applicationArguments(['/app', `--${name}`, `--${name}=x`], [])).toEqual([
      `--${name}`,
      `--${name}=x`,
    ]);
    const foreign = ['--auto-open-devtools-for-tabs', '--auto-accept-this-tab-capture'];
    expect(applicationArguments(['/app', ...foreign, `--${name}`], [])).toEqual([`--${name}`]);
  });

  test('start after the path of an unpackaged app', () => {
    const argv = ['/electron', '--inspect=0', '--no-sandbox', '/project', '--port', '1'];
    expect(applicationArguments(argv, ['/project'])).toEqual(['--port', '1']);
  });
});
