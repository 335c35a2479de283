import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeSelfSigned } from '../../main/relay/certificates/self-signed.ts';
import { type Program, run } from './processes.ts';
import { freePort, waitFor } from './wait.ts';

/** A running Pebble (Let's Encrypt's certificate authority for tests) on loopback. */
export interface Pebble {
  program: Program;
  directoryUrl: string;
  /** The CA to trust for the authority's own certificate. */
  caFile: string;
  /** The root of all issued certificates, as PEM. Changes each time Pebble starts. */
  root(): Promise<string>;
}

/** Settings of a Pebble ACME server that stay the same when it restarts. */
export interface PebbleSetup {
  folder: string;
  port: number;
  managementPort: number;
  /** The port to which Pebble connects for http-01 challenges. */
  challengePort: number;
  close(): Promise<void>;
}

/** The path of Pebble's executable, which might not exist. */
export const pebbleProgram = join(process.env.PEERS_DIR ?? '', 'pebble');

/** Chooses free ports, and creates a folder with the authority's own certificate. */
export async function setUpPebble(): Promise<PebbleSetup> {
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

/** Starts Pebble, which issues certificates that are valid for `validS` seconds. */
export async function startPebble(setup: PebbleSetup, validS: number): Promise<Pebble> {
  const { folder, port, managementPort, challengePort } = setup;
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
        // Pebble versions before 2.7, such as the one in Debian 13, do not support profiles and use this
        // setting instead.
        certificateValidityPeriod: validS,
      },
    }),
  );
  const program = run(pebbleProgram, ['-config', config], {
    // Disable or reduce artificial delays, random request rejections, and the reuse of earlier validations.
    env: { PEBBLE_VA_NOSLEEP: '1', PEBBLE_WFE_NONCEREJECT: '5', PEBBLE_AUTHZREUSE: '0' },
  });
  const cert = await readFile(caFile, 'utf8');
  const root = () => fetchText(`https://127.0.0.1:${managementPort}/roots/0`, cert);
  await waitFor('pebble', () => root().catch(() => undefined));
  return { program, directoryUrl: `https://127.0.0.1:${port}/dir`, caFile, root };
}

/** Requests a URL over HTTPS. Rejects if the server's certificate is not signed by `ca`. */
export function fetchText(url: string, ca: string): Promise<string> {
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
