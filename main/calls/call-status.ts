import { Broadcast, Path, type Track } from 'moq-net';
import { z } from 'zod';
import { messageOf } from '../../common/base/errors.ts';
import { sleep } from '../../common/base/sleep.ts';
import { CALL_STATUS_NAME, callStatusSchema } from '../../common/bridge/bridge.ts';
import { sanitizeName } from '../../common/words/display-name.ts';
import { log } from '../base/log.ts';
import { withinTime } from '../base/within-time.ts';
import { MAX_ANNOUNCED } from '../origin/announcement-subscriber.ts';
import type { Session } from '../origin/session.ts';

/**
 * Path of the broadcast that carries each side's call status, separately from its media. The broadcast has
 * one track, whose newest group holds the current status as JSON. Calls made by iroh-live itself have no
 * status.
 */
export const STATUS_NAME = CALL_STATUS_NAME;
const STATUS_TRACK = 'status.json';
/**
 * Maximum size of an accepted status, in bytes. This is several times the size of a status that contains a name of
 * 200 characters.
 */
export const MAX_STATUS_BYTES = 4_096;
/**
 * Minimum interval between two status changes that are sent or read, in milliseconds: at most ten changes per second.
 * Users rarely change their status.
 */
const MIN_GAP_MS = 100;
/** How long to wait for a group's only frame after the group has started, in milliseconds. */
const FRAME_TIMEOUT_MS = 5_000;
/** Number of malformed statuses after which the peer's track is no longer read. */
const MAX_MALFORMED = 10;

/** `accepted` means that the callee has accepted the call. The callee's media may follow later or never. */
const wireStatusSchema = callStatusSchema.extend({ accepted: z.boolean().optional() });
/** The status in the form that is sent to the peer. */
export type WireStatus = z.infer<typeof wireStatusSchema>;

/** Publishes this side's status on one session. */
export class StatusSender {
  readonly producer = new Broadcast.Producer();
  readonly #track: Track.Producer;
  #newest: WireStatus;
  #sentAtMs = Number.NEGATIVE_INFINITY;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #closed = false;

  constructor(status: WireStatus) {
    this.#track = this.producer.createTrack(STATUS_TRACK);
    this.#newest = status;
    this.#send();
    rejectOtherTracks(this.producer).catch((error: unknown) => log.debug(`status: ${messageOf(error)}`));
  }

  /** Sends a changed status. Changes are rate-limited, but the newest status is always sent. */
  change(status: WireStatus): void {
    if (this.#closed) return;
    this.#newest = status;
    const waitMs = this.#sentAtMs + MIN_GAP_MS - performance.now();
    this.#timer ??= setTimeout(() => this.#send(), Math.max(0, waitMs));
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#track.close();
    this.producer.close();
  }

  #send(): void {
    this.#timer = undefined;
    this.#sentAtMs = performance.now();
    // Writing to a closed track would fail. The MoQ library closes the track when the session ends, which can
    // happen before `close` is called.
    if (this.#track.closed.peek() === undefined) this.#track.writeJson(this.#newest);
  }
}

/** Rejects requests for other tracks. Otherwise, they would wait and use memory until the call ends. */
async function rejectOtherTracks(producer: Broadcast.Producer): Promise<void> {
  for (;;) {
    const request = await producer.requested();
    if (!request) return;
    request.reject(new Error('there is no such track'));
  }
}

/** Reads the peer's status until the session ends. Malformed statuses are ignored. */
export function receiveStatus(session: Session, onStatus: (status: WireStatus) => void): void {
  const name = Path.from(STATUS_NAME);
  const announcements = session.established.announced(name);
  session.scope.own(() => announcements.close(new Error('released')));
  let track: Track.Subscriber | undefined;
  session.scope.own(() => track?.close());
  let others = 0;
  const run = async () => {
    for (;;) {
      const event = await announcements.next();
      if (!event || session.scope.closed) return;
      if (event.path !== '') {
        others += event.active ? 1 : -1;
        if (others > MAX_ANNOUNCED) await session.closeForFlood();
        continue;
      }
      track?.close();
      track = undefined;
      if (!event.active) continue;
      track = session.established.consume(name).subscribe(STATUS_TRACK);
      void readStatus(track, onStatus).catch((error: unknown) =>
        log.debug(`${session.label}: status: ${messageOf(error)}`),
      );
    }
  };
  run().catch((error: unknown) => {
    if (!session.scope.closed) log.debug(`${session.label}: status: ${messageOf(error)}`);
  });
}

async function readStatus(track: Track.Subscriber, onStatus: (status: WireStatus) => void): Promise<void> {
  let malformed = 0;
  for (;;) {
    let group = await track.recvGroup();
    for (let later = track.tryRecvGroup(); later; later = track.tryRecvGroup()) {
      group?.close();
      group = later;
    }
    if (!group) return;
    const payload = await firstFrame(group);
    group.close();
    const status = parseStatus(payload);
    if (status) onStatus(status);
    else malformed += 1;
    if (malformed >= MAX_MALFORMED) {
      track.close();
      return;
    }
    await sleep(MIN_GAP_MS);
  }
}

type Group = NonNullable<Awaited<ReturnType<Track.Subscriber['recvGroup']>>>;

/** Reads a group's first frame. Returns undefined if the group is reset, or if no frame arrives before the timeout. */
async function firstFrame(group: Group): Promise<Uint8Array | undefined> {
  try {
    return (await withinTime(group.readFrame(), { timeoutMs: FRAME_TIMEOUT_MS }))?.payload;
  } catch {
    return undefined;
  }
}

/** Parses a status and sanitizes its name. Returns undefined if the payload is missing, too large or malformed. */
export function parseStatus(payload: Uint8Array | undefined): WireStatus | undefined {
  if (!payload || payload.byteLength > MAX_STATUS_BYTES) return undefined;
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload));
  } catch {
    return undefined;
  }
  const { success, data } = wireStatusSchema.safeParse(json);
  return success ? { ...data, name: sanitizeName(data.name) } : undefined;
}
