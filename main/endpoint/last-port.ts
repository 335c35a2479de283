import { join } from 'node:path';
import { z } from 'zod';
import { messageOf } from '../../common/base/errors.ts';
import { formatSocketAddr, isLoopback } from '../../common/ticket/socket-addr.ts';
import { JsonFile } from '../base/json-file.ts';
import { log } from '../base/log.ts';
import { parseBind } from './bind.ts';
import { EndpointError, type LiveEndpoint } from './endpoint.ts';

const port = z.number().int().min(1).max(65_535).nullable().default(null);
/** `port` is the port of the IPv4 socket, or of the only socket; `ipv6Port` is the port of the IPv6 socket. */
const schema = z.object({ port, ipv6Port: port });
type LastPorts = z.output<typeof schema>;

/**
 * Opens the endpoint on the last run's ports if they are free. Tickets contain the ports, so existing tickets
 * keep working after a restart even without a relay or discovery. A port that the user has configured takes
 * precedence.
 *
 * @throws the error from `open`. An EndpointError about a configured address says how to change it
 */
export async function openAtLastPort(
  dataDir: string,
  bind: string | undefined,
  open: (bind: string | undefined) => Promise<LiveEndpoint>,
): Promise<LiveEndpoint> {
  if (bind !== undefined && parseBind(bind).some((addr) => addr?.port !== 0)) return openOrAdvise(bind, open);
  const file = new JsonFile(join(dataDir, 'endpoint.json'), schema);
  const last = await file.load({}, (notice) => log.warn(notice));
  const endpoint = await openPreferring(last, bind, open);
  const ports = { port: endpoint.port ?? last.port, ipv6Port: endpoint.ipv6Port ?? last.ipv6Port };
  if (ports.port !== last.port || ports.ipv6Port !== last.ipv6Port) {
    await file
      .save(ports)
      .catch((error: unknown) => log.warn(`cannot save the endpoint's port: ${messageOf(error)}`));
  }
  return endpoint;
}

async function openPreferring(
  last: LastPorts,
  bind: string | undefined,
  open: (bind: string | undefined) => Promise<LiveEndpoint>,
): Promise<LiveEndpoint> {
  for (const preferred of preferredBinds(last, bind)) {
    try {
      return await open(preferred);
    } catch (error) {
      // Another program probably uses one of the ports. An error with a different cause also makes the last
      // attempt fail, and is reported then.
      if (!(error instanceof EndpointError)) throw error;
      log.info(`${preferred} cannot be used again: ${error.message}`);
    }
  }
  return openOrAdvise(bind, open);
}

/** Makes the last attempt. Only its error reaches the user, so only this error contains advice. */
async function openOrAdvise(
  bind: string | undefined,
  open: (bind: string | undefined) => Promise<LiveEndpoint>,
): Promise<LiveEndpoint> {
  try {
    return await open(bind);
  } catch (error) {
    const isAboutBind = error instanceof EndpointError && error.reason !== 'bad-relay' && bind !== undefined;
    if (!isAboutBind) throw error;
    throw new EndpointError(error.reason, `${error.message} Choose another address with --iroh-bind.`, {
      cause: error,
    });
  }
}

/** Returns the addresses to try before `bind`: both of the last run's ports, then the first port alone. */
function preferredBinds({ port, ipv6Port }: LastPorts, bind: string | undefined): string[] {
  if (port === null) return [];
  const addrs = (bind === undefined ? [] : parseBind(bind)).flatMap((addr) => addr ?? []);
  const onLoopback = addrs.some(isLoopback);
  const ipv4 = addrs.find(({ ip }) => ip.length === 4) ?? { ip: onLoopback ? LOOPBACK_V4 : ANY_V4 };
  const ipv6 = addrs.find(({ ip }) => ip.length === 16) ?? { ip: onLoopback ? LOOPBACK_V6 : ANY_V6 };
  const first = formatSocketAddr({ ip: ipv4.ip, port });
  if (ipv6Port === null) return [first];
  return [`${first},${formatSocketAddr({ ip: ipv6.ip, port: ipv6Port })}`, first];
}

const ANY_V4 = Uint8Array.of(0, 0, 0, 0);
const LOOPBACK_V4 = Uint8Array.of(127, 0, 0, 1);
const ANY_V6 = new Uint8Array(16);
const LOOPBACK_V6 = Uint8Array.from({ length: 16 }, (_, i) => (i === 15 ? 1 : 0));
