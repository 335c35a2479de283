import { log } from '../../base/log.ts';
import type { RelayOptions } from '../relay-options.ts';
import type { RelayEvent } from '../relay-events.ts';
import { type CertificateSource, fileSource, selfSignedSource } from './certificates.ts';

export interface CertificateParts {
  /** Hears why there is no new certificate yet. */
  onEvent: (event: RelayEvent) => void;
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
  { onEvent, signal }: CertificateParts,
): Promise<CertificateSource | null> {
  const { tls, acme, dev, dataDir } = options;
  if (tls) return fileSource(tls);
  if (acme) {
    // Loaded only here: the library brings an HTTP client that nothing else needs.
    const { AcmeSource } = await import('./acme.ts');
    const onTrouble = (message: string) => {
      log.error(message);
      onEvent({ event: 'error', message });
    };
    return AcmeSource.open(acme, { dataDir, onTrouble, ...(signal ? { signal } : {}) });
  }
  return dev ? selfSignedSource() : null;
}
