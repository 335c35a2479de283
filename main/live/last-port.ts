import { join } from 'node:path';
import { z } from 'zod';
import { messageOf } from '../../common/base/errors.ts';
import { parseSocketAddr } from '../../common/ticket/socket-addr.ts';
import { JsonFile } from '../base/json-file.ts';
import { log } from '../base/log.ts';
import { EndpointError, type LiveEndpoint } from '../endpoint/endpoint.ts';

const schema = z.object({ port: z.number().int().min(1).max(65_535).nullable().default(null) });

/**
 * Opens the endpoint at the port that it had the last time, if that is free: tickets name the port, and those that
 * friends already have keep working after a restart even where no relay and no discovery helps to find it anew.
 *
 * A port that the person named is used as it is. Rejects as `open` does.
 */
export async function openAtLastPort(
  dataDir: string,
  bind: string | undefined,
  open: (bind: string | undefined) => Promise<LiveEndpoint>,
): Promise<LiveEndpoint> {
  const wanted = bind === undefined ? undefined : parseSocketAddr(bind);
  if (bind !== undefined && wanted?.port !== 0) return open(bind);
  const file = new JsonFile(join(dataDir, 'endpoint.json'), schema);
  const { port } = await file.load({}, (notice) => log.warn(notice));
  const endpoint = await openPreferring(port, bind, open);
  if (endpoint.port !== undefined && endpoint.port !== port) {
    await file
      .save({ port: endpoint.port })
      .catch((error: unknown) => log.warn(`the port is not remembered: ${messageOf(error)}`));
  }
  return endpoint;
}

async function openPreferring(
  port: number | null,
  bind: string | undefined,
  open: (bind: string | undefined) => Promise<LiveEndpoint>,
): Promise<LiveEndpoint> {
  if (port === null) return open(bind);
  const host = bind?.replace(/:0$/, '') ?? '0.0.0.0';
  try {
    return await open(`${host}:${port}`);
  } catch (error) {
    // Another program has it now. Whatever else is wrong shows again without the port.
    if (!(error instanceof EndpointError)) throw error;
    log.info(`port ${port} is taken; another one is used`);
    return open(bind);
  }
}
