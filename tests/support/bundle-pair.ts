import { randomBytes } from 'node:crypto';
import type { Connection, Endpoint } from '@number0/iroh';
import { bindEndpoint } from '../../main/endpoint/bind.ts';
import { BundleTransport } from '../../main/transport/bundle/bundle-transport.ts';
import type { CountPolicy } from '../../main/transport/bundle/connection-negotiation.ts';
import { SessionJoins } from '../../main/transport/bundle/join.ts';
import { BUNDLE_ALPN, BUNDLE_JOIN_ALPN } from '../../main/transport/bundle/protocol.ts';
import { waitFor } from './wait.ts';

/** Two real iroh endpoints with a bundle between them. */
export interface BundlePair {
  client: BundleTransport;
  server: BundleTransport;
  /** The additional connections, as the client and as the server see them, in the order in which they were opened. */
  clientConnections: Connection[];
  serverConnections: Connection[];
  /** Dials the server from the client's endpoint with any ALPN. */
  dial(alpn: string): Promise<Connection>;
  /** Dials the server from another endpoint. */
  dialFromStranger(alpn: string): Promise<Connection>;
  dispose(): Promise<void>;
}

/** A policy that always uses the same number of connections. */
export const always = (count: number): CountPolicy => ({ add: () => count });

/** Connects two endpoints on loopback. Both sides send on `count` connections as soon as those are open. */
export async function bundlePair(count: number): Promise<BundlePair> {
  const open = () =>
    bindEndpoint({ secretKey: randomBytes(32), relay: 'disabled', bind: '127.0.0.1:0', alpns });
  const [near, far, stranger] = await Promise.all([open(), open(), open()]);
  const clientConnections: Connection[] = [];
  const serverConnections: Connection[] = [];
  const joins = new SessionJoins(1_000);
  const accepted = Promise.withResolvers<BundleTransport>();
  void acceptAll(far, (connection) => {
    if (alpnOf(connection) === BUNDLE_JOIN_ALPN) {
      serverConnections.push(connection);
      return void joins.accept(connection);
    }
    const server = new BundleTransport(connection, far, { policy: always(count) });
    void server.closed.then(joins.register(server));
    accepted.resolve(server);
  });
  const dial = (from: Endpoint, alpn: string) => from.connect(far.addr(), bytesOf(alpn));
  const client = new BundleTransport(await dial(near, BUNDLE_ALPN), near, {
    policy: always(count),
    dial: async () => {
      const connection = await dial(near, BUNDLE_JOIN_ALPN);
      clientConnections.push(connection);
      return connection;
    },
  });
  const server = await accepted.promise;
  return {
    client,
    server,
    clientConnections,
    serverConnections,
    dial: (alpn) => dial(near, alpn),
    dialFromStranger: (alpn) => dial(stranger, alpn),
    dispose: async () => {
      client.close();
      server.close();
      await Promise.all([near.close(), far.close(), stranger.close()]);
    },
  };
}

/** Connects two endpoints and waits until both send on `count` connections. */
export async function stripedPair(count: number): Promise<BundlePair> {
  const pair = await bundlePair(count);
  for (const [sender, receiver] of [
    [pair.client, pair.server] as const,
    [pair.server, pair.client] as const,
  ]) {
    const writer = (await sender.createUnidirectionalStream()).getWriter();
    await writer.write(Uint8Array.of(1));
    await writer.close();
    const { value } = await takeStream(receiver);
    for await (const _ of value ?? []);
  }
  await waitFor(
    `${count} connections`,
    () => pair.client.connectionCount === count && pair.server.connectionCount === count,
    10_000,
  );
  return pair;
}

async function takeStream(
  transport: BundleTransport,
): Promise<ReadableStreamReadResult<ReadableStream<Uint8Array>>> {
  const reader = transport.incomingUnidirectionalStreams.getReader();
  const result = await reader.read();
  reader.releaseLock();
  return result;
}

async function acceptAll(endpoint: Endpoint, onConnection: (connection: Connection) => void): Promise<void> {
  for (;;) {
    const incoming = await endpoint.acceptNext();
    if (!incoming) return;
    void incoming
      .accept()
      .then((accepting) => accepting.connect())
      .then(onConnection);
  }
}

const alpns = [BUNDLE_ALPN, BUNDLE_JOIN_ALPN];
const bytesOf = (text: string) => Array.from(Buffer.from(text));
const alpnOf = (connection: Connection) => Buffer.from(connection.alpn()).toString();
