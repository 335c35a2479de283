/** Secrets are never shown: not in logs, not in errors, not to scripts. */

/** Parameters of addresses that carry one: a token, a cluster's secret. */
const SECRET_PARAMS = 'jwt|token|secret|password|key';

/**
 * A text without the secrets of the addresses in it: names and passwords before the host, and tokens among the
 * parameters. The rest stays as it is, to recognise the address by.
 */
export function redact(text: string): string {
  return (
    text
      // To the last @ before the path: a password may hold one.
      .replace(/([a-z][a-z0-9+.-]*:\/\/)[^\s/?#]*@/gi, '$1***@')
      .replace(new RegExp(`([?&](?:${SECRET_PARAMS})=)[^\\s&#"']+`, 'gi'), '$1***')
  );
}
