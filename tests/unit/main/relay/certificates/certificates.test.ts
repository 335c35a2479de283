import { X509Certificate } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import {
  type Certificate,
  fileSource,
  selfSignedSource,
} from '../../../../../main/relay/certificates/certificates.ts';
import { makeSelfSigned } from '../../../../../main/relay/certificates/self-signed.ts';
import { waitFor } from '../../../../support/wait.ts';

const folder = await mkdtemp(join(tmpdir(), 'iroh-live-certificates-'));
afterAll(() => rm(folder, { recursive: true, force: true }));
const DAY_MS = 24 * 60 * 60 * 1000;

describe('a relay’s certificate', () => {
  it('is renewed, and accepted by browsers by its hash, if it is self-signed', async () => {
    const source = await selfSignedSource({ renewAfterMs: 200, checkMs: 50 });
    try {
      const first = source.current();
      const { validFrom, validTo, publicKey, fingerprint256 } = new X509Certificate(first.cert);
      expect(Date.parse(validTo) - Date.parse(validFrom)).toBeLessThanOrEqual(14 * DAY_MS);
      expect(Date.parse(validTo) - Date.now()).toBeGreaterThan(12 * DAY_MS);
      expect(publicKey.asymmetricKeyDetails).toEqual({ namedCurve: 'prime256v1' });
      expect(first.sha256).toBe(fingerprint256.replaceAll(':', '').toLowerCase());
      const renewed: Certificate[] = [];
      source.onRenewed((certificate) => renewed.push(certificate));
      await waitFor('a new one', () => renewed.length > 0);
      expect(renewed[0]?.sha256).not.toBe(first.sha256);
      expect(source.current().sha256).toBe(renewed.at(-1)?.sha256);
    } finally {
      source.close();
    }
  });

  it('is read again from changed files, and stays in use while the files are broken', async () => {
    const files = { certFile: join(folder, 'cert.pem'), keyFile: join(folder, 'key.pem') };
    await expect(fileSource(files)).rejects.toThrow(files.certFile);
    const write = async ({ cert, key }: { cert: string; key: string }) => {
      await Promise.all([writeFile(files.certFile, cert), writeFile(files.keyFile, key)]);
    };
    await write(await makeSelfSigned(DAY_MS));
    const source = await fileSource(files, 50);
    try {
      const first = source.current().sha256;
      await writeFile(files.certFile, 'half a fi');
      await new Promise((resolve) => setTimeout(resolve, 200));
      expect(source.current().sha256).toBe(first);
      // This certificate does not match the key, as happens if only one of two changed files has been
      // written.
      await writeFile(files.certFile, (await makeSelfSigned(DAY_MS)).cert);
      await new Promise((resolve) => setTimeout(resolve, 200));
      expect(source.current().sha256).toBe(first);
      await write(await makeSelfSigned(DAY_MS));
      await waitFor('the new one', () => source.current().sha256 !== first);
    } finally {
      source.close();
    }
  });
});
