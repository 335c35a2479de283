import { Resolver } from 'node:dns/promises';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../../common/base/errors.ts';
import { log } from '../base/log.ts';

export interface ResolveOptions {
  /** For tests: DNS servers as `ADDR:PORT`, and the file of names that the system knows by itself. */
  servers?: readonly string[];
  hostsFile?: string;
  timeoutMs?: number;
}

/** How long a host name may take, in milliseconds. */
const RESOLVE_TIMEOUT_MS = 5_000;
/** One question to one server, in milliseconds, and how often it is asked. */
const QUESTION_MS = 2_000;
const TRIES = 2;
/** What DNS says when a name has no addresses of a kind. */
const NONE: ReadonlySet<unknown> = new Set(['ENODATA', 'ENOTFOUND']);

/**
 * All addresses of a host name, as iroh finds them: by DNS and by the system's own file. Empty when nobody knows, and
 * when not all is known in time. Never rejects.
 *
 * Not by `dns.lookup`: it takes one of the process's four threads until the last server has been waited for, so a few
 * tickets with names of a server that does not answer would stop all files and tokens.
 */
export async function resolveHost(host: string, options: ResolveOptions = {}): Promise<string[]> {
  const { servers, hostsFile = HOSTS_FILE, timeoutMs = RESOLVE_TIMEOUT_MS } = options;
  const resolver = new Resolver({ timeout: QUESTION_MS, tries: TRIES });
  if (servers) resolver.setServers(servers);
  const timer = setTimeout(() => resolver.cancel(), timeoutMs);
  try {
    const found = await Promise.all([
      orNone(resolver.resolve4(host)),
      orNone(resolver.resolve6(host)),
      listed(hostsFile, host),
    ]);
    return found.flat();
  } catch (error) {
    log.debug(`the name ${host} was not found: ${messageOf(error)}`);
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

async function orNone(asked: Promise<string[]>): Promise<string[]> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof Error && 'code' in error && NONE.has(error.code)) return [];
    throw error;
  }
}

/** What the system's own file says of a name; a system without one knows none. */
async function listed(file: string, host: string): Promise<string[]> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
  return text.split('\n').flatMap((line) => {
    const [address, ...names] = line.replace(/#.*/, '').trim().toLowerCase().split(/\s+/);
    return address && names.includes(host.toLowerCase()) ? [address] : [];
  });
}
