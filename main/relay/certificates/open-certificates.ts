import type { AcmeOptions } from './acme.ts';
import { type CertificateSource, fileSource, selfSignedSource } from './certificates.ts';

/**
 * The possible sources of the relay's certificate. The first of `tls`, `acme` and `dev` that is set is used.
 */
interface CertificateOptions {
  /** PEM files with the certificate and its key. Null means none. */
  tls: { certFile: string; keyFile: string } | null;
  /** A certificate from an ACME authority. Null means none. */
  acme: AcmeOptions | null;
  /** Whether to use a self-signed certificate. */
  dev: boolean;
  dataDir: string;
  /** `ADDR:PORT` of the pages. */
  httpBind: string;
}

/** Error callback and abort signal for certificates from an ACME authority. */
interface CertificateParts {
  /** Called with a message for the user whenever a certificate cannot be obtained. */
  onTrouble: (message: string) => void;
  /** Aborts the wait for the first certificate. */
  signal?: AbortSignal;
}

/**
 * Opens the certificate source that the options select. Resolves to null if they select none. With an ACME
 * authority, it resolves when there is a certificate.
 *
 * @throws Error with a message for the user; the signal's reason if the signal is aborted
 */
export async function openCertificateSource(
  { tls, acme, dev, dataDir, httpBind }: CertificateOptions,
  parts: CertificateParts,
): Promise<CertificateSource | null> {
  if (tls) return fileSource(tls);
  if (acme) {
    // The ACME module is loaded on demand, because acme-client includes an HTTP client that nothing else
    // needs.
    const { AcmeSource } = await import('./acme.ts');
    const httpsPort = Number(/:(\d+)$/.exec(httpBind)?.[1] ?? 0);
    return AcmeSource.open(acme, { dataDir, httpsPort, ...parts });
  }
  return dev ? selfSignedSource() : null;
}
