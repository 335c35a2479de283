import { type CertificateSource, fileSource, selfSignedSource } from './certificates.ts';
import type { RelayOptions } from './options.ts';

export interface CertificateParts {
  /** A sentence or two: why there is no new certificate yet. */
  onTrouble: (message: string) => void;
  /** Ends the wait for a first certificate. */
  signal?: AbortSignal;
}

/**
 * The certificates that the options ask for; null for none. With names to get them for, it resolves when there is one.
 *
 * @throws Error fit to show
 */
export async function certificatesFor(
  options: RelayOptions,
  parts: CertificateParts,
): Promise<CertificateSource | null> {
  const { tls, acme, dev, dataDir } = options;
  if (tls) return fileSource(tls);
  if (acme) {
    // Loaded only here: the library brings an HTTP client that nothing else needs.
    const { AcmeSource } = await import('./acme.ts');
    return AcmeSource.open(acme, { dataDir, ...parts });
  }
  return dev ? selfSignedSource() : null;
}
