import { resolve } from 'node:path';
import { parsePushTarget } from '../../../common/ticket/relay-url.ts';
import { bad, socketAddress, UsageError } from '../../base/option-values.ts';
import type { AcmeOptions } from '../certificates/acme.ts';
import type { ClusterOptions } from '../cluster/cluster.ts';

/** Options that belong together, checked. */

/** https://letsencrypt.org/docs/acme-protocol-updates: the directory for certificates that browsers trust. */
const LETS_ENCRYPT = 'https://acme-v02.api.letsencrypt.org/directory';
/** RFC 8555, section 8.3: the authority comes to port 80. */
const ACME_HTTP_BIND = '[::]:80';
/** RFC 1035, section 2.3.4. */
const MAX_DOMAIN_CHARS = 253;

interface AcmeValues {
  domain?: string[] | undefined;
  'acme-email'?: string | undefined;
  'acme-directory'?: string | undefined;
  'acme-ca'?: string | undefined;
  'acme-http-bind'?: string | undefined;
  'tls-cert'?: string | undefined;
}

/** @throws UsageError */
export function acmeOptions(values: AcmeValues): AcmeOptions | null {
  const { domain, 'acme-email': email, 'acme-directory': directory, 'acme-ca': caFile } = values;
  if (!domain || domain.length === 0) {
    const alone = Object.keys(values).find((name) => name.startsWith('acme-'));
    if (alone) throw new UsageError(`Option '--${alone}' needs '--domain'`);
    return null;
  }
  if (values['tls-cert'] !== undefined) {
    throw new UsageError("Options '--domain' and '--tls-cert' exclude each other");
  }
  if (email !== undefined && !/^[^\s@]+@[^\s@]+$/.test(email))
    bad('--acme-email', email, 'an e-mail address');
  if (directory !== undefined && !/^https:\/\/[^/?#]/.test(directory))
    bad('--acme-directory', directory, 'an https:// address');
  return {
    domains: [...new Set(domain.map(domainName))],
    email: email ?? null,
    directoryUrl: directory ?? LETS_ENCRYPT,
    caFile: caFile === undefined ? null : resolve(caFile),
    httpBind: socketAddress('--acme-http-bind', values['acme-http-bind'] ?? ACME_HTTP_BIND),
  };
}

/** Lower case, and letters of other scripts as DNS has them. */
function domainName(text: string): string {
  const name = URL.canParse(`https://${text}/`) ? new URL(`https://${text}/`).hostname : '';
  const label = '[a-z0-9]([a-z0-9-]*[a-z0-9])?';
  const isName = new RegExp(`^${label}(\\.${label})*$`).test(name) && !/(^|\.)\d+$/.test(name);
  // A wildcard needs a challenge over DNS.
  if (!isName || name.length > MAX_DOMAIN_CHARS || /[/:?#@]/.test(text))
    return bad('--domain', text, 'a name such as relay.example');
  return name;
}

interface ClusterValues {
  cluster?: string | undefined;
  'cluster-token'?: string | undefined;
}

/** @throws UsageError */
export function clusterOptions(values: ClusterValues): ClusterOptions | null {
  const { cluster, 'cluster-token': token } = values;
  if (cluster === undefined) {
    if (token !== undefined) throw new UsageError("Option '--cluster-token' needs '--cluster'");
    return null;
  }
  const target = parsePushTarget(cluster);
  if (target?.kind !== 'url') {
    // Not quoted: whatever is wrong with it, a password or a token may be part of it.
    throw new UsageError(
      "Option '--cluster' takes the address of a moq-relay, such as https://edge.example/, without a user or a " +
        'password; a token goes to --cluster-token',
    );
  }
  return { url: target.url.href, token: token ?? null };
}
