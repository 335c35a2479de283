import type { Broadcast, Track } from 'moq-net';
import { z } from 'zod';
import { messageOf } from '../../common/base/errors.ts';
import { log } from '../base/log.ts';
import { holdNewestGroup } from '../moq/hold-track.ts';

/**
 * Subscribes to the tracks that a player shows first, before any player does: the catalog, the audio and the
 * smallest rendition of the video. The subscriptions are sent together with the session's first message, so
 * their data travels while the announcement and the player's own requests are still on their way. Players
 * share the subscriptions and start with the newest group of each track.
 *
 * If a peer does not have a track, it refuses the subscription, and nothing else happens. moq-lite needs no
 * announcement before a subscription.
 */

/** Name of the catalog's track in hang's format. */
export const CATALOG_TRACK = 'catalog.json';
/**
 * Tracks that are requested together with the catalog: the smallest video and the audio of this app's own
 * broadcasts. The catalog then decides which of them are kept.
 */
const USUAL_TRACKS = ['video/h264-180p', 'audio/opus'] as const;
/** Priorities of @moq/hang's players: `PRIORITY` in its catalog module. */
const PRIORITIES = { catalog: 100, audio: 80, video: 60 } as const;
/** Maximum size of a catalog that is parsed, in bytes. */
const MAX_CATALOG_BYTES = 64 * 1024;

const renditions = <T extends z.ZodType>(config: T) =>
  z.object({ renditions: z.record(z.string(), config).optional() }).optional();
/** The parts of hang's catalog that determine the first tracks. */
const catalogSchema = z.object({
  video: renditions(z.object({ codedWidth: z.number().optional(), codedHeight: z.number().optional() })),
  audio: renditions(z.unknown()),
});

/** Keeps the newest groups of a broadcast's first tracks until it is closed. Owns its handle of the broadcast. */
export class FirstTracks {
  readonly #source: Broadcast.Consumer;
  readonly #subscribers = new Map<string, Track.Subscriber>();
  readonly #usesCatalog: boolean;
  #closed = false;

  /**
   * @param tracksRead the video and audio tracks that were read before the connection was lost. They are kept
   *   instead of the tracks that the catalog suggests.
   */
  constructor(source: Broadcast.Consumer, tracksRead: readonly string[] = []) {
    this.#source = source;
    this.#usesCatalog = tracksRead.length === 0;
    void this.#readCatalog();
    for (const name of this.#usesCatalog ? USUAL_TRACKS : tracksRead) this.#hold(name);
  }

  /** Whether nothing is kept any more, because it was closed or the peer has refused or ended all tracks. */
  get ended(): boolean {
    return this.#closed || this.#subscribers.size === 0;
  }

  /** Ends the subscriptions that no player shares. Idempotent. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const subscriber of [...this.#subscribers.values()]) subscriber.close();
    this.#source.close();
  }

  async #readCatalog(): Promise<void> {
    const keep = this.#subscribe(CATALOG_TRACK, PRIORITIES.catalog);
    if (!keep) return;
    try {
      await holdNewestGroup(keep, async (group) => {
        const frame = await group.readFrame();
        if (frame && frame.payload.byteLength <= MAX_CATALOG_BYTES) this.#select(frame.payload);
      });
    } catch (error) {
      log.debug(`the catalog cannot be read in advance: ${messageOf(error)}`);
    }
    this.#release(CATALOG_TRACK, keep);
  }

  /** Keeps the tracks that a player of this catalog shows first, and no others. */
  #select(payload: Uint8Array): void {
    const names = this.#usesCatalog ? firstTracksOf(payload) : undefined;
    if (!names || this.#closed) return;
    for (const [name, subscriber] of [...this.#subscribers]) {
      if (name !== CATALOG_TRACK && !names.includes(name)) this.#release(name, subscriber);
    }
    for (const name of names) this.#hold(name);
  }

  #hold(name: string): void {
    if (this.#subscribers.has(name)) return;
    const priority = name.startsWith('audio/') ? PRIORITIES.audio : PRIORITIES.video;
    const subscriber = this.#subscribe(name, priority);
    if (!subscriber) return;
    holdNewestGroup(subscriber)
      .catch((error: unknown) => log.debug(`${name} cannot be read in advance: ${messageOf(error)}`))
      .finally(() => this.#release(name, subscriber));
  }

  #subscribe(name: string, priority: number): Track.Subscriber | undefined {
    if (this.#closed || this.#source.closed.peek() !== undefined) return undefined;
    const subscriber = this.#source.subscribe(name, { priority });
    this.#subscribers.set(name, subscriber);
    return subscriber;
  }

  #release(name: string, subscriber: Track.Subscriber): void {
    if (this.#subscribers.get(name) === subscriber) this.#subscribers.delete(name);
    subscriber.close();
  }
}

/** Returns the smallest video and the first audio in a catalog; undefined if it is not one in hang's format. */
export function firstTracksOf(payload: Uint8Array): string[] | undefined {
  let json: unknown;
  try {
    json = JSON.parse(Buffer.from(payload).toString());
  } catch {
    // Another format, such as a compressed catalog: the player requests the tracks itself.
    return undefined;
  }
  const parsed = catalogSchema.safeParse(json);
  if (!parsed.success) return undefined;
  const { video, audio } = parsed.data;
  const pixels = ({ codedWidth = Infinity, codedHeight = Infinity }) => codedWidth * codedHeight;
  const sizes = Object.entries(video?.renditions ?? {}).map(([name, config]) => ({
    name,
    size: pixels(config),
  }));
  const smallest = sizes.reduce<(typeof sizes)[number] | undefined>(
    (best, each) => (best && best.size <= each.size ? best : each),
    undefined,
  );
  const [firstAudio] = Object.keys(audio?.renditions ?? {});
  return [smallest?.name, firstAudio].filter((name) => name !== undefined);
}
