import type { AcmeOptions } from './acme.ts';
import { type CertificateSource, fileSource, selfSignedSource } from './certificates.ts';

/** Where the relay's certificate comes from. The first of `tls`, `acme` and `dev` that is set is used. */
interface CertificateOptions {
  /** PEM files; null: none. */
  tls: { certFile: string; keyFile: string } | null;
  /** Certificates from an ACME authority; null: none. */
  acme: AcmeOptions | null;
  /** Whether to use a self-signed certificate. */
  dev: boolean;
  dataDir: string;
}

/** Callbacks for certificates from an authority. */
interface CertificateParts {
  /** Called with a message for the user whenever a certificate cannot be obtained. */
  onTrouble: (message: string) => void;
  /** Aborts the wait for a first certificate. */
  signal?: AbortSignal;
}

/**
 * Opens the certificate source that the options select; null without a certificate. With an authority it resolves when
 * there is a certificate.
 *
 * @throws Error with a message for the user; the signal's reason if it is aborted.
 */
export async function openCertificateSource(
  { tls, acme, dev, dataDir }: CertificateOptions,
  parts: CertificateParts,
): Promise<CertificateSource | null> {
  if (tls) return fileSource(tls);
  if (acme) {
    // Loaded only here: the ACME library brings an HTTP client that nothing else needs.
    const { AcmeSource } = await import('./acme.ts');
    return AcmeSource.open(acme, { dataDir, ...parts });
  }
  return dev ? selfSignedSource() : null;
}
