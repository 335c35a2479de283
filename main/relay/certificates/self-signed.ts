// @peculiar/x509 requires reflect-metadata to be loaded first.
import 'reflect-metadata';
import { SubjectAlternativeNameExtension, X509CertificateGenerator } from '@peculiar/x509';

/** ECDSA with P-256: the algorithm that browsers accept for certificates that are trusted by their hash. */
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
/** How far certificates are backdated, in ms, so that machines whose clocks are slow accept them. */
const BACKDATE_MS = 60 * 60 * 1000;

/** A name in a certificate: a DNS name or an IP address. */
export interface CertificateName {
  type: 'dns' | 'ip';
  value: string;
}

/**
 * Creates a self-signed certificate for localhost and `names` that is valid for `validMs` from now. Returns the
 * certificate and its key as PEM.
 */
export async function makeSelfSigned(
  validMs: number,
  names: readonly CertificateName[] = [],
): Promise<{ cert: string; key: string }> {
  const keys = await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const nowMs = Date.now();
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: 'CN=Iroh Live relay',
    notBefore: new Date(nowMs - BACKDATE_MS),
    notAfter: new Date(nowMs + validMs),
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: [
      new SubjectAlternativeNameExtension([
        { type: 'dns', value: 'localhost' },
        { type: 'ip', value: '127.0.0.1' },
        { type: 'ip', value: '::1' },
        ...names,
      ]),
    ],
  });
  const pkcs8 = Buffer.from(await crypto.subtle.exportKey('pkcs8', keys.privateKey));
  const lines = pkcs8.toString('base64').match(/.{1,64}/g) ?? [];
  const key = `-----BEGIN PRIVATE KEY-----\n${lines.join('\n')}\n-----END PRIVATE KEY-----\n`;
  return { cert: certificate.toString('pem'), key };
}
