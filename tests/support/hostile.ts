import { randomBytes } from 'node:crypto';
import { Connection, Path, Varint } from 'moq-net';
import { formatTicket } from '../../common/ticket/ticket.ts';
import type { AdmissionLimits } from '../../main/endpoint/admission.ts';
import { type IncomingPeer, LiveEndpoint } from '../../main/endpoint/endpoint.ts';

/** Limits for endpoints that must accept hundreds of connections from one address. */
export const NO_ADMISSION_LIMITS: AdmissionLimits = {
  perMinute: 100_000,
  relayedPerMinute: 100_000,
  handshakes: { direct: 1_000, perAddress: 1_000, relayed: 1_000, perRelayedPeer: 1_000, contacts: 1_000 },
  total: 10_000,
};

/** A real iroh endpoint that behaves maliciously. */
export interface HostilePeer {
  ticket: string;
  /** Connections accepted so far. */
  connections: number;
  close(): Promise<void>;
}

/** Starts an endpoint that runs `act` on each connection. */
export async function startHostilePeer(
  act: (peer: IncomingPeer) => void | Promise<void>,
  alpns = ['moq-lite-05'],
): Promise<HostilePeer> {
  const endpoint = await LiveEndpoint.open({
    secretKey: randomBytes(32),
    bind: '127.0.0.1:0',
    relay: 'disabled',
    alpns,
    limits: NO_ADMISSION_LIMITS,
  });
  const ticket = formatTicket({ endpointId: endpoint.id, ...endpoint.addr.get(), broadcastName: 'hello' });
  const made: HostilePeer = { ticket, connections: 0, close: () => endpoint.close() };
  endpoint.onConnection((peer) => {
    made.connections += 1;
    // The attack might fail once the app closes the connection.
    void Promise.resolve(act(peer)).catch(() => undefined);
  });
  return made;
}

/** Encodes a moq-lite 03 message by hand, so that tests can write invalid content. */
export function message(...parts: (number | string | Uint8Array)[]): Uint8Array {
  const body = Buffer.concat(parts.map(encode));
  return Buffer.concat([Varint.encode(body.byteLength), body]);
}

/** Encodes numbers as varints and strings with a length prefix. Copies bytes unchanged. */
export function encode(part: number | string | Uint8Array): Uint8Array {
  if (typeof part === 'number') return Varint.encode(part);
  if (typeof part !== 'string') return part;
  const text = new TextEncoder().encode(part);
  return Buffer.concat([Varint.encode(text.byteLength), text]);
}

/** Announces `hello` and responds to each subscription with one group. `group` writes the group's content. */
export async function serveForgedGroups(
  peer: IncomingPeer,
  group: (write: (bytes: Uint8Array) => Promise<void>) => Promise<void>,
): Promise<void> {
  for await (const stream of streamsOf(peer.transport.incomingBidirectionalStreams)) {
    void (async () => {
      const reader = stream.readable.getReader();
      const { value } = await reader.read();
      const writer = stream.writable.getWriter();
      if (value?.[0] === 1) await writer.write(message(Uint8Array.of(1), '', 0));
      if (value?.[0] !== 2) return;
      // SUBSCRIBE_OK: priority, ordered, latency, start, end.
      await writer.write(Buffer.concat([encode(0), message(Uint8Array.of(0, 0), 0, 0, 0)]));
      const id = value[2] ?? 0;
      const uni = (await peer.transport.createUnidirectionalStream()).getWriter();
      await uni.write(Buffer.concat([encode(0), message(id, 0)]));
      await group((bytes) => uni.write(bytes));
    })().catch(() => undefined);
  }
}

async function* streamsOf<T>(readable: ReadableStream<T>): AsyncGenerator<T> {
  const reader = readable.getReader();
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    yield value;
  }
}

/** Accepts a session with the MoQ library, for malicious peers that send only well-formed messages. */
export function acceptSession(peer: IncomingPeer): Promise<Connection.Established> {
  return Connection.accept(peer.transport, new URL('moq://hostile/'));
}

/** The path of broadcast number N under `hello`. */
export const childPath = (index: number): Path.Valid => Path.from(`hello/${index}`);
