import { execFile } from 'node:child_process';
import { createPrivateKey } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { makeSelfSigned } from '../../main/relay/certificates/self-signed.ts';
import { stopPrograms } from '../support/processes.ts';
import { buildCli, runCli } from '../support/relay-cli.ts';

/** Tests that mistakes in the files and options of a relay are tolerated or explained. Each test runs the real program. */
const execute = promisify(execFile);
const HOUR_MS = 60 * 60 * 1000;

let folder: string;
beforeAll(buildCli);
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'iroh-live-mistakes-'));
});
afterEach(async () => {
  await stopPrograms();
  await rm(folder, { recursive: true, force: true });
});

const file = (name: string) => join(folder, name);
const check = (...args: string[]) =>
  runCli(['--check', '--data-dir', file('data'), '--bind', '127.0.0.1:0', ...args]);

describe('files of an operator', () => {
  it('may begin with a byte order mark, and may be UTF-16, as from PowerShell', async () => {
    await runCli(['token', 'key', '--out', file('a.key')]);
    const key = await readFile(file('a.key'), 'utf8');
    const utf16 = Buffer.from(`\ufeff${key}`, 'utf16le');
    await writeFile(file('le.key'), utf16, { mode: 0o600 });
    await writeFile(file('be.key'), Buffer.from(utf16).swap16(), { mode: 0o600 });
    await writeFile(file('utf8.key'), `\ufeff${key}`, { mode: 0o600 });
    const keys = ['le.key', 'be.key', 'utf8.key'].map(file);
    await writeFile(file('relay.json'), `\ufeff${JSON.stringify({ 'auth-key': keys })}`);
    expect(await check('--config', file('relay.json'))).toEqual({
      code: 0,
      stdout: 'The configuration is valid.',
      stderr: '',
    });
  });

  it('that cannot be read or parsed are named, and the fault is described in words', async () => {
    const { cert, key } = await makeSelfSigned(HOUR_MS);
    await writeFile(file('good.crt'), cert);
    await writeFile(file('good.key'), key, { mode: 0o600 });
    await writeFile(file('other.key'), (await makeSelfSigned(HOUR_MS)).key, { mode: 0o600 });
    const encryption = { cipher: 'aes-128-cbc', passphrase: 'secret' };
    const locked = createPrivateKey(key).export({ type: 'pkcs8', format: 'pem', ...encryption });
    await writeFile(file('locked.key'), locked, { mode: 0o600 });
    await writeFile(file('empty'), '');
    await mkdir(file('folder'));
    const tls = (certFile: string, keyFile: string) => [
      '--tls-cert',
      file(certFile),
      '--tls-key',
      file(keyFile),
    ];
    for (const [args, words] of [
      [['--config', file('none')], /none cannot be read: it does not exist\./],
      [['--config', file('folder')], /folder cannot be read: it is a folder, not a file\./],
      [['--config', file('empty')], /empty is empty\./],
      [['--auth-key', file('none')], /none \(--auth-key\) cannot be used: it does not exist\n/],
      [['--auth-key', file('folder')], /\(--auth-key\) cannot be used: it is a folder, not a file\n/],
      [tls('good.crt', 'none'), /the file of --tls-key cannot be read: it does not exist\n/],
      [tls('good.key', 'good.crt'), /there is no certificate in PEM format\n/],
      [tls('good.crt', 'good.crt'), /there is no private key in PEM format\n/],
      [tls('good.crt', 'locked.key'), /the key is protected by a password/],
      [tls('good.crt', 'other.key'), /the key does not belong to the certificate\n/],
      [['--data-dir', file('empty')], /empty \(--data-dir\) cannot be used: a part of its path is a file/],
    ] as const) {
      expect(await check(...args)).toMatchObject({ code: 2, stderr: expect.stringMatching(words) });
    }
    const signed = await runCli(['token', 'sign', '--key', file('none'), '--get', 'a']);
    expect(signed).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/\(--key\).*it does not exist\n/),
    });
    const made = await runCli(['token', 'key', '--out', file('empty/new.key')]);
    expect(made).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/\(--out\).*a part of its path is a file/),
    });
  });
});

describe('a token', () => {
  it('is not signed with a lifetime of zero', async () => {
    await runCli(['token', 'key', '--out', file('a.key')]);
    const signed = await runCli([
      'token',
      'sign',
      '--key',
      file('a.key'),
      '--get',
      'a',
      '--expires-in',
      '0h',
    ]);
    expect(signed).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('such as 90s') });
  });
});

describe('the output of a command', () => {
  const cli = `${process.env.NODE_PROGRAM ?? process.execPath} dist/main/cli.cjs`;
  const shell = (line: string) =>
    execute('sh', ['-c', line]).then(
      () => ({ code: 0, stderr: '' }),
      ({ code, stderr }: { code: number; stderr: string }) => ({ code, stderr }),
    );

  it.skipIf(!existsSync('/dev/full'))('fails with status 1 if the disk is full', async () => {
    for (const command of ['relay token key', 'relay token --help', 'completion bash', '--version']) {
      expect(await shell(`${cli} ${command} > /dev/full`)).toEqual({
        code: 1,
        stderr: 'The output cannot be written: the disk is full\n',
      });
    }
  });

  it('may be cut off by its reader', async () => {
    expect(await shell(`(${cli} --help; echo "status $?" >&2) | true; exit 9`)).toEqual({
      code: 9,
      stderr: 'status 0\n',
    });
  });
});
