import { writeFile } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { newDataDir } from './apps.ts';
import { peerProgram } from './netlab.ts';
import { run } from './processes.ts';
import { freePort } from './wait.ts';

/** iroh's own relay program; undefined if it is missing. */
export const irohRelayProgram = peerProgram('iroh-relay');

/** Starts iroh's own relay on a loopback port, by default a free one. Returns its URL. `stopPrograms` stops the relay. */
export async function startIrohRelay(port?: number): Promise<string> {
  if (irohRelayProgram === undefined) throw new Error('iroh-relay is missing');
  // Avoid the default ports (3340 with `--dev`, 9090 for metrics), because another relay on this machine
  // might be using them.
  const tcpPort = port ?? (await freePort());
  const config = join(await newDataDir(), 'iroh-relay.toml');
  await writeFile(config, `http_bind_addr = "127.0.0.1:${tcpPort}"\nenable_metrics = false\n`);
  run(irohRelayProgram, ['--dev', '--config-path', config]);
  return `http://127.0.0.1:${tcpPort}/`;
}

/** A TCP proxy in front of an iroh relay. The proxy can drop what the relay sends to the endpoints. */
export interface DeafeningProxy {
  /** The URL of the relay behind the proxy. */
  url: string;
  /** From now on, drops everything that the relay sends to the endpoints. Their own packets still reach the relay. */
  deafen(): void;
  close(): void;
}

/** Starts a proxy in front of the iroh relay at `relayUrl`. */
export async function startDeafeningProxy(relayUrl: string): Promise<DeafeningProxy> {
  const sockets = new Set<Socket>();
  let deaf = false;
  const server = createServer((client) => {
    const relay = connect(Number(new URL(relayUrl).port), '127.0.0.1');
    for (const socket of [client, relay]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        client.destroy();
        relay.destroy();
      });
    }
    client.on('data', (chunk: Buffer) => relay.write(chunk));
    relay.on('data', (chunk: Buffer) => {
      if (!deaf) client.write(chunk);
    });
  });
  const port = await freePort();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${port}/`,
    deafen: () => {
      deaf = true;
    },
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
