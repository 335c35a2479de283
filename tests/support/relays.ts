import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Connection, Path } from 'moq-net';
import WebSocket from 'ws';
import type { MediaSocket } from '../../common/bridge/bridge.ts';
import type { PullReport } from '../../common/relay/relay-schemas.ts';
import { parseTicket } from '../../common/ticket/ticket.ts';
import { withMembers } from '../../main/base/with-members.ts';
import { LiveEndpoint } from '../../main/endpoint/endpoint.ts';
import type { BidiStream } from '../../main/moq/request-interceptor.ts';
import type { Transport } from '../../main/origin/session.ts';
import { parseRelay } from '../../main/relay/cli/options.ts';
import { Relay } from '../../main/relay/relay.ts';
import type { RelayEvent } from '../../main/relay/relay-events.ts';
import type { RelayOptions } from '../../main/relay/relay-options.ts';
import { AddonTransport } from '../../main/transport/web-transport.ts';
import { loadWebTransport, type WebTransportAddon } from '../../main/transport/web-transport-addon.ts';
import { bufferedWritable } from './buffered-writable.ts';
import { dialQmux } from './dial-qmux.ts';

/** A relay running in this process. */
export interface TestRelay {
  relay: Relay;
  events: RelayEvent[];
  dataDir: string;
  /** The URL that serves the metrics without a token. */
  metricsUrl(): string;
  close(): Promise<void>;
}

/**
 * The WebTransport addon, or the reason why it does not load. On some systems, the C library is too old for
 * the addon.
 */
export function findAddon(): { addon: WebTransportAddon } | { why: string } {
  try {
    return { addon: loadWebTransport() };
  } catch (error) {
    return { why: String(error) };
  }
}

const LOOPBACK = [
  '--metrics-bind',
  '127.0.0.1:0',
  '--bind',
  '127.0.0.1:0',
  '--iroh-bind',
  '127.0.0.1:0',
  '--iroh-relay',
  'disabled',
];

/**
 * Starts a relay on loopback.
 * @param args the relay's command line
 * @param options overrides for the parsed options; `keepDataDir` is a data folder that outlives the relay
 */
export async function startRelay(
  args: readonly string[] = ['--dev', '--allow-private-addresses'],
  options: Partial<RelayOptions> & { keepDataDir?: string; loadAddon?: () => WebTransportAddon } = {},
): Promise<TestRelay> {
  const { keepDataDir, loadAddon, ...overrides } = options;
  const dataDir = keepDataDir ?? (await mkdtemp(join(tmpdir(), 'iroh-live-relay-')));
  const command = parseRelay([...LOOPBACK, '--data-dir', dataDir, '--release-after', '0.3', ...args], {});
  if (command.kind !== 'relay') throw new Error('not a relay');
  const events: RelayEvent[] = [];
  const relay = await Relay.open(
    { ...command.options, ...overrides },
    {
      version: 'test',
      webRoot: dataDir,
      onEvent: (event) => void events.push(event),
      ...(loadAddon ? { loadAddon } : {}),
    },
  );
  const close = async () => {
    await relay.close();
    if (keepDataDir === undefined) await rm(dataDir, { recursive: true, force: true });
  };
  return { relay, events, dataDir, metricsUrl: () => relay.metrics ?? '', close };
}

/** A MoQ session with a relay. */
export interface Client {
  established: Connection.Established;
  transport: Transport;
  close(): Promise<void>;
}

/**
 * Opens a session over WebSocket at a path on the relay, such as `/room?jwt=…`. Rejects with the HTTP status.
 * @param from headers and source address of the request; a different loopback address makes the session count
 * as a different client's
 */
export async function overWebSocket(
  http: string,
  target = '/',
  protocol = 'moq-lite-05',
  from: { headers?: Record<string, string>; localAddress?: string } = {},
): Promise<Client> {
  const url = new URL(target, http);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  const socket = new WebSocket(url, [`qmux-02.${protocol}`], { rejectUnauthorized: false, ...from });
  // Add the listener before the socket opens, because the server's first message might arrive together with
  // the HTTP response.
  const transport = dialQmux(socket as unknown as MediaSocket, protocol);
  const failed = new Promise<never>((_, reject) => socket.once('error', reject));
  failed.catch(() => undefined);
  transport.ready.catch(() => undefined);
  return Promise.race([connectClient(transport, async () => socket.terminate()), failed]);
}

/** Opens a session over WebTransport at a path on the relay. */
export async function overWebTransport(relay: Relay, target = '/'): Promise<Client> {
  const addon = loadWebTransport();
  const hash = await (await fetch(new URL('/certificate.sha256', relay.http))).text();
  const dial = addon.NapiClient.withCertificateHashes([Buffer.from(hash, 'hex')]);
  const session = await dial.connect(new URL(target, relay.webTransport ?? '').href);
  return connectClient(new AddonTransport(session), async () => undefined);
}

/**
 * Opens a session from a new iroh endpoint. A different loopback address in `host` makes the session count as
 * a different client's.
 */
export async function overIroh(
  ticket: string,
  alpns?: readonly string[],
  host = '127.0.0.1',
  secretKey: Uint8Array = crypto.getRandomValues(new Uint8Array(32)),
): Promise<Client> {
  const endpoint = await LiveEndpoint.open({
    secretKey,
    bind: `${host}:0`,
    relay: 'disabled',
    ...(alpns ? { alpns } : {}),
  });
  try {
    const { ipAddrs, ...peer } = parseTicket(ticket);
    // Remove the IPv6 addresses. Over IPv6, the endpoint would sometimes connect from a different address and
    // count as another client.
    const address = { ...peer, ipAddrs: ipAddrs.filter((addr) => !addr.startsWith('[')) };
    return await connectClient(await endpoint.connect(address), () => endpoint.close());
  } catch (error) {
    await endpoint.close();
    throw error;
  }
}

async function connectClient(transport: Transport, dispose: () => Promise<void>): Promise<Client> {
  transport.closed.catch(() => undefined);
  await transport.ready;
  const established = await Connection.connect(new URL('moq://relay/'), {
    transport: withBufferedAnswers(transport),
  });
  return {
    established,
    transport,
    close: async () => {
      established.close();
      transport.close();
      await dispose();
    },
  };
}

/** Adds a workaround for announcements that the MoQ library loses (see buffered-writable.ts). */
function withBufferedAnswers(transport: Transport): Transport {
  const buffer = new TransformStream<BidiStream, BidiStream>({
    transform: ({ readable, writable }, controller) =>
      controller.enqueue({ readable, writable: bufferedWritable(writable) }),
  });
  return withMembers(transport, {
    incomingBidirectionalStreams: transport.incomingBidirectionalStreams.pipeThrough(buffer),
  });
}

/** Waits until exactly this path is announced. Rejects if the session ends first. */
export async function waitUntilAnnounced(client: Client, path: string): Promise<void> {
  const seen = client.established.announced(Path.from(path));
  try {
    for (;;) {
      const event = await seen.next();
      if (!event) throw new Error(`the session ended before ${path} was announced`);
      if (event.active && event.path === '') return;
    }
  } finally {
    seen.close(new Error('seen'));
  }
}

/**
 * Like a page, reads a pull's event stream, and appends to `reports` until `close` is called. Rejects with
 * the HTTP status if the relay refuses.
 */
export async function openPullReports(
  http: string,
  name: string,
  query = '',
): Promise<{ reports: PullReport[]; close(): void }> {
  const ended = new AbortController();
  const url = new URL(`/pull-events?name=${encodeURIComponent(name)}${query}`, http);
  const response = await fetch(url, { signal: ended.signal });
  if (!response.ok || !response.body) throw new Error(`status ${response.status}: ${await response.text()}`);
  const reports: PullReport[] = [];
  const run = async (body: ReadableStream<Uint8Array>) => {
    let text = '';
    const decoder = new TextDecoder();
    for await (const chunk of body) {
      text += decoder.decode(chunk, { stream: true });
      for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
        const block = text.slice(0, end);
        text = text.slice(end + 2);
        if (block.startsWith('data: ')) reports.push(JSON.parse(block.slice(6)));
      }
    }
  };
  // `run` rejects once `close` aborts the request.
  run(response.body).catch(() => undefined);
  return { reports, close: () => ended.abort() };
}
