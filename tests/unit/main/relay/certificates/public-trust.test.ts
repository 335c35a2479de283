import 'reflect-metadata';
import { X509Certificate } from 'node:crypto';
import { rootCertificates } from 'node:tls';
import { BasicConstraintsExtension, X509CertificateGenerator } from '@peculiar/x509';
import { describe, expect, it, vi } from 'vitest';
import { isPubliclyTrusted } from '../../../../../main/relay/certificates/public-trust.ts';
import { makeSelfSigned } from '../../../../../main/relay/certificates/self-signed.ts';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const [notBefore, notAfter] = [new Date(Date.now() - 60_000), new Date(Date.now() + 3_600_000)];

interface Issuer {
  name: string;
  pem: string;
  keys: CryptoKeyPair;
}

/** Issues a certificate with a new key; without `by`, a self-signed one. */
async function issue(name: string, by?: Issuer): Promise<Issuer> {
  const keys = await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const certificate = await X509CertificateGenerator.create({
    ...{ subject: `CN=${name}`, issuer: `CN=${by?.name ?? name}`, notBefore, notAfter },
    signingKey: (by?.keys ?? keys).privateKey,
    publicKey: keys.publicKey,
    signingAlgorithm: ALGORITHM,
    extensions: [new BasicConstraintsExtension(true)],
  });
  return { name, pem: certificate.toString('pem'), keys };
}

describe('a publicly trusted certificate', () => {
  it('has a chain that leads to a known authority, in any order', async () => {
    const root = await issue('root');
    const middle = await issue('middle', root);
    const leaf = await issue('relay.example', middle);
    const roots = () => [new X509Certificate(root.pem)];
    expect(isPubliclyTrusted(`${leaf.pem}\n${middle.pem}`, roots)).toBe(true);
    expect(isPubliclyTrusted(`${leaf.pem}\n${root.pem}\n${middle.pem}`, roots)).toBe(true);
    // Without the intermediate certificate, browsers cannot verify it either.
    expect(isPubliclyTrusted(leaf.pem, roots)).toBe(false);
    expect(isPubliclyTrusted(`${leaf.pem}\n${middle.pem}`)).toBe(false);
  });

  it('is not one whose issuer only has the name of a known authority', async () => {
    const root = await issue('root');
    const leaf = await issue('relay.example', await issue('root'));
    expect(isPubliclyTrusted(leaf.pem, () => [new X509Certificate(root.pem)])).toBe(false);
  });

  it('is not a self-signed one', async () => {
    const { cert } = await makeSelfSigned(3_600_000);
    expect(isPubliclyTrusted(cert)).toBe(false);
    expect(isPubliclyTrusted(cert.repeat(100))).toBe(false);
    // This one may issue certificates, so it has to be compared with the known authorities.
    expect(isPubliclyTrusted((await issue('root')).pem)).toBe(false);
  });

  it('is recognized as self-signed without parsing the known authorities', async () => {
    const { cert } = await makeSelfSigned(3_600_000);
    const roots = vi.fn(() => []);
    expect(isPubliclyTrusted(cert, roots)).toBe(false);
    expect(roots).not.toHaveBeenCalled();
  });

  it('can come from the authorities in Mozilla’s list', () => {
    expect(isPubliclyTrusted(rootCertificates[0] ?? '')).toBe(true);
  });
});
