import type { AcmeOptions } from './acme.ts';
import {
  type CertificateSource,
  certificateExpiryMs,
  constantSource,
  fileSource,
  selfSignedSource,
} from './certificates.ts';
import { ownCertificate as loadOwnCertificate } from './own-certificate.ts';

/**
 * The possible sources of the relay's certificate. The first of `tls`, `acme`, `ownCertificate` and `dev` that is set is
 * used.
 */
interface CertificateOptions {
  /** PEM files with the certificate and its key. Null means none. */
  tls: { certFile: string; keyFile: string } | null;
  /** A certificate from an ACME authority. Null means none. */
  acme: AcmeOptions | null;
  /** Whether HTTPS uses a certificate that the relay keeps for years, and that browsers accept after a warning. */
  ownCertificate: boolean;
  /** Whether to use a self-signed certificate for WebTransport and plain HTTP for the pages. */
  dev: boolean;
  dataDir: string;
  /** `ADDR:PORT` of the pages. */
  httpBind: string;
}

/** Error callback for certificates from an ACME authority. */
interface CertificateParts {
  /** Called with a message for the user whenever a certificate cannot be obtained. */
  onTrouble: (message: string) => void;
}

/** The sources of a relay's certificates. Both are the same, unless the certificates are self-signed. Null means none. */
export interface RelayCertificates {
  https: CertificateSource | null;
  webTransport: CertificateSource | null;
}

/**
 * Opens the certificate sources that the options select. With an ACME authority, there may be no certificate yet.
 *
 * @throws Error with a message for the user
 */
export async function openCertificates(
  { tls, acme, ownCertificate, dev, dataDir, httpBind }: CertificateOptions,
  parts: CertificateParts,
): Promise<RelayCertificates> {
  if (tls) return shared(await fileSource(tls));
  if (acme) {
    // The ACME module is loaded on demand, because acme-client includes an HTTP client that nothing else
    // needs.
    const { AcmeSource } = await import('./acme.ts');
    const httpsPort = Number(/:(\d+)$/.exec(httpBind)?.[1] ?? 0);
    return shared(await AcmeSource.open(acme, { dataDir, httpsPort, ...parts }));
  }
  // Browsers accept a certificate by its hash only for WebTransport, and only if it is valid for at most two weeks.
  const https = ownCertificate ? constantSource(await loadOwnCertificate(dataDir)) : null;
  return { https, webTransport: https || dev ? await selfSignedSource() : null };
}

/** Returns when the certificate of the pages expires, in milliseconds since 1970. Null if there is none. */
export function servedExpiryMs({ https, webTransport }: RelayCertificates): number | null {
  const source = https ?? webTransport;
  return source?.ready ? certificateExpiryMs(source.current()) : null;
}

function shared(source: CertificateSource): RelayCertificates {
  return { https: source, webTransport: source };
}
