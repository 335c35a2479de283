import type { Path } from '@moq/net';
import { sleep } from '../../../common/base/sleep.ts';
import type { Established, MediaSession } from '../session/reconnecting-session.ts';
import { buildCatalog, SOUND_TRACK, type SoundFormat, soundBitrate } from '../shared/catalog.ts';
import type { MediaError } from '../shared/faults.ts';
import type { EncodingStats, PublisherLimits } from '../shared/types.ts';
import { SoundPipeline } from './audio-pipeline.ts';
import type { RenditionPlan } from './codecs.ts';
import { EncodingMeter } from './encoding-meter.ts';
import { LiveBroadcast } from './live-broadcast.ts';
import { VideoPipeline } from './video-pipeline.ts';

/** How long the first catalog waits for what is expected in it, in milliseconds: a slow microphone comes later. */
const FIRST_CATALOG_WAIT_MS = 1_000;

export interface OnAirEvents {
  problem(error: MediaError): void;
  /** Why viewers get less than the source has; null while they get all. */
  note(note: string | null): void;
}

/** A broadcast that is live: pipelines that feed it, its catalog, and its publication on whatever session there is. */
export class OnAir {
  readonly video: VideoPipeline;
  readonly sound: SoundPipeline;
  readonly #broadcast = new LiveBroadcast();
  readonly #path: Path.Valid;
  readonly #meter = new EncodingMeter();
  #plans: readonly RenditionPlan[] = [];
  #format: SoundFormat | null = null;
  #complete: (() => void) | undefined;
  #expected = { video: false, sound: false };
  #published = false;
  #stopPublishing: (() => void) | undefined;

  constructor(path: Path.Valid, limits: PublisherLimits, events: OnAirEvents) {
    this.#path = path;
    const broadcast = this.#broadcast;
    this.video = new VideoPipeline(
      {
        feed: (track) => broadcast.feed(track, 'video'),
        endFeed: (track) => broadcast.endFeed(track),
        changed: (plans, note) => {
          this.#plans = plans;
          this.#describe();
          events.note(note);
        },
        soundBps: () => (this.#format ? soundBitrate(this.#format.channels) : 0),
        problem: events.problem,
      },
      limits,
    );
    this.sound = new SoundPipeline({
      feed: () => broadcast.feed(SOUND_TRACK, 'audio'),
      endFeed: () => broadcast.endFeed(SOUND_TRACK),
      changed: (format) => {
        this.#format = format;
        this.#describe();
        this.video.soundChanged();
      },
      problem: events.problem,
    });
  }

  /** Publishes on the present session and on each that follows, once the catalog says what is expected. */
  async publish(
    session: MediaSession,
    expected: { video: boolean; sound: boolean },
    signal: AbortSignal,
  ): Promise<void> {
    this.#expected = expected;
    const complete = new AbortController();
    this.#complete = () => complete.abort();
    this.#describe();
    const abort = () => complete.abort();
    signal.addEventListener('abort', abort);
    await sleep(FIRST_CATALOG_WAIT_MS, complete.signal);
    signal.removeEventListener('abort', abort);
    signal.throwIfAborted();
    this.#published = true;
    this.#describe();
    let last: Established | undefined;
    const offer = (established: Established | undefined) => {
      if (established && established !== last) established.publish(this.#path, this.#broadcast.open());
      last = established;
    };
    this.#stopPublishing = session.established.subscribe(offer);
    offer(session.established.peek());
  }

  encoding(): EncodingStats[] {
    return this.#meter.read(this.video.active());
  }

  close(): void {
    this.#stopPublishing?.();
    this.#complete?.();
    this.video.close();
    this.sound.close();
    this.#broadcast.close();
  }

  #describe(): void {
    const { video, sound } = this.#expected;
    if ((!video || this.#plans.length > 0) && (!sound || this.#format)) this.#complete?.();
    if (this.#published) this.#broadcast.setCatalog(buildCatalog(this.#plans, this.#format));
  }
}
