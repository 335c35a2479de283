import { join } from 'node:path';
import { z } from 'zod';
import { messageOf } from '../../common/base/errors.ts';
import { parseSocketAddr } from '../../common/ticket/socket-addr.ts';
import { JsonFile } from '../base/json-file.ts';
import { log } from '../base/log.ts';
import { EndpointError, type LiveEndpoint } from './endpoint.ts';

const schema = z.object({ port: z.number().int().min(1).max(65_535).nullable().default(null) });

/**
 * Opens the endpoint on the last run's port if that port is free. Tickets contain the port, so existing tickets keep
 * working after a restart even without a relay or discovery. A port that the user has configured is always used.
 *
 * @throws the error from `open`
 */
export async function openAtLastPort(
  dataDir: string,
  bind: string | undefined,
  open: (bind: string | undefined) => Promise<LiveEndpoint>,
): Promise<LiveEndpoint> {
  const configured = bind === undefined ? undefined : parseSocketAddr(bind);
  if (bind !== undefined && configured?.port !== 0) return open(bind);
  const file = new JsonFile(join(dataDir, 'endpoint.json'), schema);
  const { port } = await file.load({}, (notice) => log.warn(notice));
  const endpoint = await openPreferring(port, bind, open);
  if (endpoint.port !== undefined && endpoint.port !== port) {
    await file
      .save({ port: endpoint.port })
      .catch((error: unknown) => log.warn(`cannot save the endpoint's port: ${messageOf(error)}`));
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
    // Most likely, another program uses the port. If there was another reason, the second attempt fails with the same
    // error.
    if (!(error instanceof EndpointError)) throw error;
    log.info(`port ${port} is in use; choosing another port`);
    return open(bind);
  }
}
