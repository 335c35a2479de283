import { Broadcast, Path, type Track } from 'moq-net';
import { z } from 'zod';
import { messageOf } from '../../common/base/errors.ts';
import { sleep } from '../../common/base/sleep.ts';
import { CALL_STATUS_NAME, callStatusSchema } from '../../common/bridge/bridge.ts';
import { sanitizeName } from '../../common/words/caller-identity.ts';
import { log } from '../base/log.ts';
import { MAX_ANNOUNCED } from '../origin/announcement-subscriber.ts';
import type { Session } from '../origin/session.ts';

/**
 * What the two apps of a call tell each other beside media: a small broadcast on the same session, with one track
 * whose newest group is the status now. Apps that do not have it are fine.
 */
export const STATUS_NAME = CALL_STATUS_NAME;
const STATUS_TRACK = 'status.json';
/** A name of 200 characters and a few words, several times over. */
export const MAX_STATUS_BYTES = 4_096;
/** Both ways at most ten changes a second: a person's, not a program's. */
const MIN_GAP_MS = 100;
/** How long a group may take to bring its one frame, in milliseconds. */
const FRAME_TIMEOUT_MS = 5_000;
/** A peer that sent this many statuses that are none is not listened to any more. */
const MAX_BAD = 10;

/** `accepted`: the callee has taken the call, although its media may not be there yet, or never. */
export const wireStatusSchema = callStatusSchema.extend({ accepted: z.boolean().optional() });
export type WireStatus = z.infer<typeof wireStatusSchema>;

/** This side's status on one session. */
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
  }

  /** Told soon, the newest one last. */
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
    // The library closes it with the session, before anybody else hears of that end.
    if (this.#track.closed.peek() === undefined) this.#track.writeJson(this.#newest);
  }
}

/** Hears the other side's status for as long as the session lasts. What is no status is ignored. */
export function followStatus(session: Session, onStatus: (status: WireStatus) => void): void {
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
        if (others > MAX_ANNOUNCED) await session.flooded();
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
  let bad = 0;
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
    else bad += 1;
    if (bad >= MAX_BAD) {
      track.close();
      return;
    }
    await sleep(MIN_GAP_MS);
  }
}

type Group = NonNullable<Awaited<ReturnType<Track.Subscriber['recvGroup']>>>;

async function firstFrame(group: Group): Promise<Uint8Array | undefined> {
  const { promise: timeout, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => resolve(undefined), FRAME_TIMEOUT_MS);
  try {
    // A group that is reset is no reason to stop listening.
    const frame = await Promise.race([group.readFrame().catch(() => undefined), timeout]);
    return frame?.payload;
  } finally {
    clearTimeout(timer);
  }
}

/** Undefined for anything that is no status. The name loses what could disguise it. */
export function parseStatus(payload: Uint8Array | undefined): WireStatus | undefined {
  if (!payload || payload.byteLength > MAX_STATUS_BYTES) return undefined;
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload));
  } catch {
    return undefined; // not JSON: not a status
  }
  const { success, data } = wireStatusSchema.safeParse(json);
  return success ? { ...data, name: sanitizeName(data.name) } : undefined;
}
