import { Broadcast, Connection, type Group, Time, type Track } from 'moq-net';
import { type Grants, mount } from '../../main/origin/grants.ts';
import type { Origin } from '../../main/origin/origin.ts';
import { Session, type Transport } from '../../main/origin/session.ts';
import type { SessionOptions } from '../../main/origin/session-options.ts';
import { viewersOfTrack } from '../../main/origin/viewer-count-track.ts';
import { acceptQmux } from '../../main/transport/qmux.ts';
import { dialQmux } from './dial-qmux.ts';
import { socketPair } from './socket-pair.ts';

/** Permissions to read and publish every path and to pull tickets. */
export const ALL_GRANTS: Grants = { read: [mount('', '')], publish: [mount('', '')], pull: true };

/** Connected client and server transports: real qmux over an in-memory socket. */
export function transportPair(protocol = 'moq-lite-05'): [Transport, Transport] {
  const [client, server] = socketPair();
  return [dialQmux(client, protocol), acceptQmux(server, protocol)];
}

/** A MoQ library client and the session that serves it. */
export interface AttachedClient {
  session: Session;
  client: Connection.Established;
  clientTransport: Transport;
}

/** Connects a MoQ library client to the app's Origin. */
export async function attachClient(
  origin: Origin,
  grants: Grants = ALL_GRANTS,
  options: { protocol?: string } & Pick<SessionOptions, 'onPathRequest' | 'publisher' | 'client'> = {},
): Promise<AttachedClient> {
  const { protocol, ...others } = options;
  const [clientTransport, serverTransport] = transportPair(protocol);
  const sessionOptions = { origin, grants, label: 'test', ...others };
  const [client, session] = await Promise.all([
    clientTransport.ready.then(() =>
      Connection.connect(new URL('moq://test/'), { transport: clientTransport }),
    ),
    Session.accept(serverTransport, sessionOptions),
  ]);
  return { session, client, clientTransport };
}

/** The tracks that pulls request in advance (main/pull/first-tracks.ts). */
const FIRST_TRACKS: readonly string[] = ['catalog.json', 'video/h264-180p', 'audio/opus'];

/**
 * A broadcast that serves numbered groups on every requested track. Default: a group of 4 bytes every 10 ms.
 * Refuses the tracks that pulls request in advance, unless `firstTracks` is set.
 */
export class NumberedBroadcast {
  readonly producer = new Broadcast.Producer();
  readonly tracks: Track.Producer[] = [];
  /** The number of tracks requested so far. */
  requests = 0;
  /** Whether the broadcast accepts a relay's reports about its viewers. */
  countsViewers = false;
  /** The last reported number of viewers; null before the first report. */
  reportedViewers: number | null = null;
  readonly #payload: Uint8Array;
  readonly #everyMs: number;
  readonly #retentionMs: number;
  readonly #firstTracks: boolean;
  readonly #timers = new Set<ReturnType<typeof setInterval>>();

  constructor(
    options: { everyMs?: number; bytes?: number; retentionMs?: number; firstTracks?: boolean } = {},
  ) {
    this.#firstTracks = options.firstTracks ?? false;
    this.#retentionMs = options.retentionMs ?? 1_000;
    this.#everyMs = options.everyMs ?? 10;
    this.#payload = new Uint8Array(options.bytes ?? 4);
    void this.#serve();
  }

  async #serve(): Promise<void> {
    for (;;) {
      const request = await this.producer.requested();
      if (!request) return;
      const viewers = viewersOfTrack(request.name);
      if (viewers !== null) {
        // A relay reports its viewers by requesting this track. Publishers without this feature reject such
        // tracks.
        if (this.countsViewers) request.accept({});
        else request.reject(new Error('not found'));
        this.reportedViewers = viewers;
        continue;
      }
      if (!this.#firstTracks && FIRST_TRACKS.includes(request.name)) {
        request.reject(new Error('not found'));
        continue;
      }
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

  /** Sends no more groups on the tracks requested so far. */
  pause(): void {
    for (const timer of this.#timers) clearInterval(timer);
  }

  /** Ends all tracks. */
  close(): void {
    this.pause();
    this.producer.close();
  }
}

/** Reads the number in a group from `NumberedBroadcast`. Rejects if the group ends without a frame. */
export async function readNumber(group: Group.Consumer): Promise<number> {
  const frame = await group.readFrame();
  if (!frame) throw new Error('the group has no frame');
  return new DataView(frame.payload.buffer, frame.payload.byteOffset).getUint32(0);
}

/** Reads the numbers in a track's next `count` groups. Rejects if the track ends first. */
export async function readNumbers(track: Track.Subscriber, count: number): Promise<number[]> {
  const numbers: number[] = [];
  while (numbers.length < count) {
    const group = await track.recvGroup();
    if (!group) throw new Error(`the track ended after ${numbers.length} groups`);
    numbers.push(await readNumber(group));
  }
  return numbers;
}
