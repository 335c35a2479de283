import { X509Certificate } from 'node:crypto';
import { rootCertificates } from 'node:tls';

/** Maximum number of certificates in a chain. Chains from public authorities have two to four. */
const MAX_CHAIN = 10;
const PEM = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

let mozillaRoots: readonly X509Certificate[] | undefined;

/**
 * Whether browsers trust a certificate by default, that is, whether its chain leads to an authority in
 * Mozilla's list, which is built into Node. The names and the expiry are not checked.
 *
 * @param chain PEM; the first certificate is the server's
 * @param roots returns the trusted authorities. Tests replace it
 * @throws Error if `chain` is not PEM
 */
export function isPubliclyTrusted(chain: string, roots = knownRoots): boolean {
  const [leaf, ...intermediates] = (chain.match(PEM) ?? [])
    .slice(0, MAX_CHAIN)
    .map((pem) => new X509Certificate(pem));
  // A self-signed certificate that may not issue others is not an authority. Most relays without a domain have
  // one, and need not spend the 20 ms in which Node parses the authorities.
  if (leaf && !leaf.ca && isIssuedBy(leaf, leaf)) return false;
  let current = leaf;
  // Each certificate is used at most once, so the loop ends.
  while (current) {
    const subject = current;
    if (roots().some((root) => root.fingerprint256 === subject.fingerprint256 || isIssuedBy(subject, root)))
      return true;
    const next = intermediates.findIndex((issuer) => isIssuedBy(subject, issuer));
    current = next < 0 ? undefined : intermediates.splice(next, 1)[0];
  }
  return false;
}

function isIssuedBy(subject: X509Certificate, issuer: X509Certificate): boolean {
  return subject.checkIssued(issuer) && subject.verify(issuer.publicKey);
}

function knownRoots(): readonly X509Certificate[] {
  mozillaRoots ??= rootCertificates.map((pem) => new X509Certificate(pem));
  return mozillaRoots;
}
