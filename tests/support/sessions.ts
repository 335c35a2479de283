import { Broadcast, Connection, type Group, Time, type Track } from 'moq-net';
import { type Grants, mount } from '../../main/origin/grants.ts';
import type { Origin } from '../../main/origin/origin.ts';
import { Session, type Transport, type PathRequestListener } from '../../main/origin/session.ts';
import { acceptQmux } from '../../main/transport/qmux.ts';
import { dialQmux } from './dial-qmux.ts';
import { socketPair } from './socket-pair.ts';

export const EVERYTHING: Grants = { read: [mount('', '')], publish: [mount('', '')], pull: true };

/** A pair of transports over one in-memory socket, with real multiplexing on it. */
export function transportPair(protocol = 'moq-lite-05'): [Transport, Transport] {
  const [client, server] = socketPair();
  return [dialQmux(client, protocol), acceptQmux(server, protocol)];
}

export interface Attached {
  session: Session;
  client: Connection.Established;
  clientTransport: Transport;
}

/** A client of the library's own, attached to an Origin of ours. */
export async function attach(
  origin: Origin,
  grants: Grants = EVERYTHING,
  options: { onPathRequest?: PathRequestListener; protocol?: string } = {},
): Promise<Attached> {
  const [clientTransport, serverTransport] = transportPair(options.protocol);
  const sessionOptions = {
    origin,
    grants,
    label: 'test',
    ...(options.onPathRequest ? { onPathRequest: options.onPathRequest } : {}),
  };
  const [client, session] = await Promise.all([
    clientTransport.ready.then(() =>
      Connection.connect(new URL('moq://test/'), { transport: clientTransport }),
    ),
    Session.accept(serverTransport, sessionOptions),
  ]);
  return { session, client, clientTransport };
}

/** A broadcast whose one media track gives numbered groups while somebody reads; counts who asked upstream. */
export class Numbers {
  readonly producer = new Broadcast.Producer();
  readonly tracks: Track.Producer[] = [];
  /** How many times a track was asked for. */
  requests = 0;
  readonly #payload: Uint8Array;
  readonly #everyMs: number;
  readonly #retentionMs: number;
  readonly #timers = new Set<ReturnType<typeof setInterval>>();

  constructor(options: { everyMs?: number; bytes?: number; retentionMs?: number } = {}) {
    this.#retentionMs = options.retentionMs ?? 1_000;
    this.#everyMs = options.everyMs ?? 10;
    this.#payload = new Uint8Array(options.bytes ?? 4);
    void this.#serve();
  }

  async #serve(): Promise<void> {
    for (;;) {
      const request = await this.producer.requested();
      if (!request) return;
      this.requests += 1;
      const track = request.accept({ latencyMax: this.#retentionMs });
      this.tracks.push(track);
      let next = 0;
      const timer = setInterval(() => {
        if (track.closed.peek() !== undefined) {
          clearInterval(timer);
          this.#timers.delete(timer);
          return;
        }
        const group = track.appendGroup();
        const payload = this.#payload.slice();
        new DataView(payload.buffer).setUint32(0, next++);
        group.writeFrame({ payload, timestamp: Time.Timestamp.now() });
        group.close();
      }, this.#everyMs);
      this.#timers.add(timer);
    }
  }

  close(): void {
    for (const timer of this.#timers) clearInterval(timer);
    this.producer.close();
  }
}

export async function readNumber(group: Group.Consumer): Promise<number> {
  const frame = await group.readFrame();
  if (!frame) throw new Error('group without a frame');
  return new DataView(frame.payload.buffer, frame.payload.byteOffset).getUint32(0);
}

/** Reads `count` numbers of a track. */
export async function readNumbers(track: Track.Subscriber, count: number): Promise<number[]> {
  const numbers: number[] = [];
  while (numbers.length < count) {
    const group = await track.recvGroup();
    if (!group) throw new Error(`track ended after ${numbers.length} groups`);
    numbers.push(await readNumber(group));
  }
  return numbers;
}
