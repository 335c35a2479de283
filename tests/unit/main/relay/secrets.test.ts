import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generate, load, sign } from '@moq/token';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { log } from '../../../../main/base/log.ts';
import { redact } from '../../../../main/base/redact.ts';
import { Authorizer } from '../../../../main/relay/access/auth.ts';
import { importVerifyingKey, loadVerifyingKeys } from '../../../../main/relay/access/keys.ts';
import { parseRelay } from '../../../../main/relay/cli/options.ts';
import { runTokenCommand } from '../../../../main/relay/cli/token-command.ts';

const folder = await mkdtemp(join(tmpdir(), 'iroh-live-secrets-'));
afterAll(() => rm(folder, { recursive: true, force: true }));
async function file(text: string): Promise<string> {
  const path = join(folder, 'file');
  await writeFile(path, text);
  return path;
}
/** Returns the error that `act` throws, as text. */
async function errorOf(act: () => unknown): Promise<string> {
  try {
    await act();
  } catch (error) {
    return String(error);
  }
  return 'no error';
}

describe('secrets never appear', () => {
  it.each([
    'https://admin:hunter2@edge.example/',
    'admin:hunter2@edge.example',
    'ftp://edge.example/?jwt=hunter2',
    'https://admin:hunter2/@edge example/',
  ])('in the error for --cluster %s', async (value) => {
    const message = await errorOf(() => parseRelay(['--cluster', value], {}));
    expect(message).toContain('--cluster');
    expect(message).not.toContain('hunter2');
  });

  it('in errors for other URLs', async () => {
    for (const args of [
      ['--iroh-relay', 'https://a:hunter2@x y/'],
      ['--domain', 'a.example', '--acme-directory', 'http://a:hunter2@ca.example/'],
    ]) {
      const message = await errorOf(() => parseRelay(args, {}));
      expect(message).toContain('cannot be');
      expect(message).not.toContain('hunter2');
    }
  });

  it('in errors for a configuration file', async () => {
    const message = await errorOf(async () =>
      parseRelay(['--config', await file('{"cluster-token": hunter2}')], {}),
    );
    expect(message).toContain('is not JSON');
    expect(message).not.toContain('hunter2');
  });

  it('in errors for a key file', async () => {
    for (const text of ['{"kty":"oct","k":"hunter2" x}', '{"kty":"oct","k":"hunter2"}', 'hunter2']) {
      const keyFile = await file(text);
      const sign = { action: 'sign', keyFile, root: '', get: [''], put: [], pull: false } as const;
      for (const message of [
        await errorOf(() => loadVerifyingKeys(keyFile, '--auth-key')),
        await errorOf(() => runTokenCommand({ ...sign, expiresInS: undefined })),
      ]) {
        expect(message).toContain('it is not a JWK');
        expect(message).not.toContain('hunter2');
      }
    }
  });

  it('in URLs in the log', () => {
    const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    log.error('cannot reach wss://a:hunter2@edge.example/x?jwt=hunter2&secret=hunter2#y');
    const [line = ''] = write.mock.calls.map(([text]) => String(text));
    write.mockRestore();
    expect(line).toContain('wss://***@edge.example/x?jwt=***&secret=***');
    expect(line).not.toContain('hunter2');
    expect(redact('a ticket iroh-live:AAA/b?c=d and a@b.example')).toBe(
      'a ticket iroh-live:AAA/b?c=d and a@b.example',
    );
  });
});

describe('the error for an invalid token states the reason', () => {
  const key = generate('HS256').then((jwk) => load(JSON.stringify(jwk)));
  const nowS = Math.floor(Date.now() / 1000);
  const other = generate('HS256').then((jwk) => load(JSON.stringify(jwk)));
  it.each([
    ['nonsense', async () => 'nonsense', 'it is not a JWT with the claims of a MoQ relay'],
    ['a.b.c', async () => 'a.b.c', 'it is not a JWT with the claims of a MoQ relay'],
    [
      'without claims',
      async () => `${Buffer.from('{}').toString('base64url')}.${Buffer.from('{}').toString('base64url')}.x`,
      'it is not a JWT with the claims of a MoQ relay',
    ],
    [
      'signed with another key',
      async () => sign(await other, { root: '', get: [''] }),
      'it was signed with another key',
    ],
    ['expired', async () => sign(await key, { root: '', get: [''], exp: nowS - 60 }), 'it has expired'],
  ])('%s', async (what, token, message) => {
    const verifying = await importVerifyingKey(await key);
    const auth = new Authorizer({
      keys: () => [verifying],
      publicRead: [],
      publicPublish: [],
      allowPull: false,
    });
    await expect(auth.authorize('/', await token())).rejects.toMatchObject({
      reason: what === 'expired' ? 'expired' : 'wrong',
      message: `the token is not valid: ${message}`,
    });
  });
});
