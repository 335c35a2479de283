import { Resolver } from 'node:dns/promises';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../../../common/base/errors.ts';
import { errorCode } from '../../base/error-code.ts';
import { log } from '../../base/log.ts';

/** Overrides for tests. */
interface ResolveOptions {
  /** DNS servers as `ADDR:PORT`. Default: the system's DNS servers. */
  servers?: readonly string[];
  hostsFile?: string;
  timeoutMs?: number;
}

/** Timeout of the whole lookup, in ms. */
const RESOLVE_TIMEOUT_MS = 5_000;
/** Timeout of one query to one server, in ms, and the number of attempts. */
const QUERY_TIMEOUT_MS = 2_000;
const TRIES = 2;
/** DNS error codes for a name without addresses of the requested family. */
const NOT_FOUND_CODES: ReadonlySet<unknown> = new Set(['ENODATA', 'ENOTFOUND']);

/**
 * Looks up all IPv4 and IPv6 addresses of a host name in DNS and in the system's hosts file, where iroh also
 * looks. Returns an empty list if any query fails, because a partial answer could hide a private address. Never
 * rejects.
 *
 * Does not use `dns.lookup`, because it blocks one of Node's four pool threads until the last DNS server has
 * timed out. A few tickets with unanswered host names would stop all file access and token checks.
 */
export async function resolveHost(host: string, options: ResolveOptions = {}): Promise<string[]> {
  const { servers, hostsFile = HOSTS_FILE, timeoutMs = RESOLVE_TIMEOUT_MS } = options;
  const resolver = new Resolver({ timeout: QUERY_TIMEOUT_MS, tries: TRIES });
  if (servers) resolver.setServers(servers);
  const timer = setTimeout(() => resolver.cancel(), timeoutMs);
  try {
    const found = await Promise.all([
      emptyIfNotFound(resolver.resolve4(host)),
      emptyIfNotFound(resolver.resolve6(host)),
      readHostsFile(hostsFile, host),
    ]);
    return found.flat();
  } catch (error) {
    log.debug(`the host name ${host} cannot be resolved: ${messageOf(error)}`);
    return [];
  } finally {
    clearTimeout(timer);
    resolver.cancel();
  }
}

const HOSTS_FILE =
  process.platform === 'win32'
    ? join(process.env.SystemRoot ?? 'C:\\Windows', 'System32', 'drivers', 'etc', 'hosts')
    : '/etc/hosts';

async function emptyIfNotFound(query: Promise<string[]>): Promise<string[]> {
  try {
    return await query;
  } catch (error) {
    if (NOT_FOUND_CODES.has(errorCode(error))) return [];
    throw error;
  }
}

/** Returns the addresses that the hosts file lists for a name. Returns an empty list if there is no such file. */
async function readHostsFile(file: string, host: string): Promise<string[]> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  }
  return text.split('\n').flatMap((line) => {
    const [address, ...names] = line.replace(/#.*/, '').trim().toLowerCase().split(/\s+/);
    return address && names.includes(host.toLowerCase()) ? [address] : [];
  });
}
