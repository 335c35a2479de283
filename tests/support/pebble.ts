import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeSelfSigned } from '../../main/relay/certificates/self-signed.ts';
import { type Program, run } from './processes.ts';
import { freePort, waitFor } from './wait.ts';

/** Let's Encrypt's own small authority for tests, on loopback. */
export interface Pebble {
  program: Program;
  directoryUrl: string;
  /** Vouches for the directory. */
  caFile: string;
  /** The certificate that vouches for what it issues, PEM. New at each start. */
  root(): Promise<string>;
}

/** What stays the same when it is started again. */
export interface PebblePlace {
  folder: string;
  port: number;
  managementPort: number;
  /** Where it comes to answer challenges at. */
  challengePort: number;
  close(): Promise<void>;
}

export const pebbleProgram = join(process.env.PEERS_DIR ?? '', 'pebble');

export async function pebblePlace(): Promise<PebblePlace> {
  const folder = await mkdtemp(join(tmpdir(), 'iroh-live-pebble-'));
  const { cert, key } = await makeSelfSigned(24 * 60 * 60 * 1000);
  await writeFile(join(folder, 'cert.pem'), cert);
  await writeFile(join(folder, 'key.pem'), key);
  return {
    folder,
    port: await freePort(),
    managementPort: await freePort(),
    challengePort: await freePort(),
    close: () => rm(folder, { recursive: true, force: true }),
  };
}

/** `validS`: how long what it issues is valid, in seconds. */
export async function startPebble(place: PebblePlace, validS: number): Promise<Pebble> {
  const { folder, port, managementPort, challengePort } = place;
  const caFile = join(folder, 'cert.pem');
  const config = join(folder, 'config.json');
  await writeFile(
    config,
    JSON.stringify({
      pebble: {
        listenAddress: `127.0.0.1:${port}`,
        managementListenAddress: `127.0.0.1:${managementPort}`,
        certificate: caFile,
        privateKey: join(folder, 'key.pem'),
        httpPort: challengePort,
        tlsPort: 1,
        retryAfter: { authz: 1, order: 1 },
        keyAlgorithm: 'ecdsa',
        profiles: { default: { description: 'for tests', validityPeriod: validS } },
      },
    }),
  );
  const program = run(pebbleProgram, ['-config', config], {
    // Its own habits of making clients wait, of refusing good requests at times, and of keeping what was proven.
    env: { PEBBLE_VA_NOSLEEP: '1', PEBBLE_WFE_NONCEREJECT: '5', PEBBLE_AUTHZREUSE: '0' },
  });
  const cert = await readFile(caFile, 'utf8');
  const root = () => ask(`https://127.0.0.1:${managementPort}/roots/0`, cert);
  await waitFor('pebble', () => root().catch(() => undefined), 15_000);
  return { program, directoryUrl: `https://127.0.0.1:${port}/dir`, caFile, root };
}

/** Rejects when the certificate is not one that `ca` vouches for. */
export function ask(url: string, ca: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = get(url, { ca, agent: false, timeout: 5_000 }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk) => {
        body += chunk;
      });
      response.on('end', () => resolve(body));
      response.on('error', reject);
    });
    request.on('timeout', () => request.destroy(new Error('no answer')));
    request.on('error', reject);
  });
}
