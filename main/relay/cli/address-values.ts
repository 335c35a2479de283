import { parsePushTarget } from '../../../common/ticket/relay-url.ts';
import { InvalidValueError, UsageError } from '../../base/option-values.ts';

/** Maximum length of a domain name, in characters (RFC 1035, section 2.3.4). */
const MAX_DOMAIN_CHARS = 253;

/**
 * Parses a DNS name. Returns it in lowercase and in its ASCII form (IDNA).
 *
 * @throws InvalidValueError
 */
export function domainName(text: string): string {
  const name = URL.canParse(`https://${text}/`) ? new URL(`https://${text}/`).hostname : '';
  const label = '[a-z0-9]([a-z0-9-]*[a-z0-9])?';
  const isName = new RegExp(`^${label}(\\.${label})*$`).test(name) && !/(^|\.)\d+$/.test(name);
  // Wildcards are rejected, because they would require a DNS challenge.
  if (!isName || name.length > MAX_DOMAIN_CHARS || /[/:?#@]/.test(text)) {
    throw new InvalidValueError('a name such as relay.example');
  }
  return name;
}

/**
 * Parses an email address. Checks only that it contains one `@` with text on both sides, and no spaces.
 *
 * @throws InvalidValueError
 */
export function emailAddress(text: string): string {
  if (!/^[^\s@]+@[^\s@]+$/.test(text)) throw new InvalidValueError('an e-mail address');
  return text;
}

/**
 * Parses an ACME directory URL, which must be https.
 *
 * @throws InvalidValueError
 */
export function acmeDirectory(text: string): string {
  if (!/^https:\/\/[^/?#]/.test(text)) throw new InvalidValueError('an https:// address');
  return text;
}

/**
 * Parses a moq-relay's URL.
 *
 * @throws UsageError whose message omits the value, which may contain a password or a token
 */
export function clusterUrl(text: string): string {
  const target = parsePushTarget(text);
  if (target?.kind === 'url') return target.url.href;
  throw new UsageError(
    "Option '--cluster' takes the address of a moq-relay, such as https://edge.example/, without a user or a " +
      'password; a token goes to --cluster-token',
  );
}
