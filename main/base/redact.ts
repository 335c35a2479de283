/** Query parameters that contain a secret, such as a token or a cluster secret. */
const SECRET_PARAMS = 'jwt|token|secret|password|key';

/**
 * Removes secrets (user names, passwords and tokens) from all URLs in a string. The rest of each URL stays
 * recognizable. Used for logs, errors and events.
 */
export function redact(text: string): string {
  return (
    text
      // Up to the last @ before the path: a password may contain an @.
      .replace(/([a-z][a-z0-9+.-]*:\/\/)[^\s/?#]*@/gi, '$1***@')
      .replace(new RegExp(`([?&](?:${SECRET_PARAMS})=)[^\\s&#"']+`, 'gi'), '$1***')
  );
}
