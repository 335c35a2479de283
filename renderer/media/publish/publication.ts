import type { Path } from '@moq/net';
import { sleep } from '../../../common/base/sleep.ts';
import type { Uplink } from '../../../common/bridge/uplink.ts';
import type { Established, ReconnectingSession } from '../session/reconnecting-session.ts';
import type { MediaError } from '../shared/media-error.ts';
import type { EncodingStats, PublisherLimits } from '../shared/publisher-types.ts';
import { AudioPipeline } from './audio-pipeline.ts';
import { AUDIO_TRACK, type AudioFormat, audioBitrateBps, buildCatalog } from './catalog.ts';
import type { RenditionPlan } from './codecs.ts';
import { EncodingMeter } from './encoding-meter.ts';
import { LiveBroadcast } from './live-broadcast.ts';
import { VideoPipeline } from './video-pipeline.ts';

/**
 * How long `publish` waits for the expected media before it publishes without them, in milliseconds. A
 * microphone that takes longer is added to the catalog later.
 */
const FIRST_CATALOG_WAIT_MS = 1_000;

/** Callbacks for a `Publication`. */
interface PublicationListener {
  problem(error: MediaError): void;
  /** Text that tells the user why viewers get lower quality than the source provides; null if it is not reduced. */
  note(note: string | null): void;
}

/**
 * One broadcast while it is live. Manages its encoding pipelines and its catalog, and publishes it on every
 * new session.
 */
export class Publication {
  readonly video: VideoPipeline;
  readonly audio: AudioPipeline;
  readonly #broadcast = new LiveBroadcast();
  readonly #path: Path.Valid;
  readonly #meter = new EncodingMeter();
  #plans: readonly RenditionPlan[] = [];
  #format: AudioFormat | null = null;
  #onCatalogComplete: (() => void) | undefined;
  #expected = { video: false, audio: false };
  #published = false;
  #stopPublishing: (() => void) | undefined;

  constructor(path: Path.Valid, limits: PublisherLimits, listener: PublicationListener) {
    this.#path = path;
    const broadcast = this.#broadcast;
    this.video = new VideoPipeline(
      {
        track: (name) => broadcast.track(name, 'video'),
        endTrack: (name) => broadcast.endTrack(name),
        renditionsChanged: (plans, note) => {
          this.#plans = plans;
          this.#updateCatalog();
          listener.note(note);
        },
        audioBps: () => (this.#format ? audioBitrateBps(this.#format.channels) : 0),
        problem: listener.problem,
      },
      limits,
    );
    this.audio = new AudioPipeline({
      track: () => broadcast.track(AUDIO_TRACK, 'audio'),
      endTrack: () => broadcast.endTrack(AUDIO_TRACK),
      formatChanged: (format) => {
        this.#format = format;
        this.#updateCatalog();
        this.video.audioBitrateChanged();
      },
      problem: listener.problem,
    });
  }

  /**
   * Publishes on the current session and every later one. Before that, waits a limited time for the catalog
   * to contain the expected media.
   *
   * @throws the signal's reason
   */
  async publish(
    session: ReconnectingSession,
    expected: { video: boolean; audio: boolean },
    signal: AbortSignal,
  ): Promise<void> {
    this.#expected = expected;
    const complete = new AbortController();
    this.#onCatalogComplete = () => complete.abort();
    this.#updateCatalog();
    const abort = () => complete.abort();
    signal.addEventListener('abort', abort);
    await sleep(FIRST_CATALOG_WAIT_MS, complete.signal);
    signal.removeEventListener('abort', abort);
    signal.throwIfAborted();
    this.#published = true;
    this.#updateCatalog();
    let last: Established | undefined;
    const publishOn = (established: Established | undefined) => {
      if (established && established !== last) {
        established.publish(this.#path, this.#broadcast.openProducer());
      }
      last = established;
    };
    this.#stopPublishing = session.established.subscribe(publishOn);
    publishOn(session.established.peek());
  }

  /** Applies the measurements of the broadcast's connections to the video. */
  setUplinks(uplinks: readonly Uplink[]): void {
    this.video.setUplink(uplinks.find(({ path }) => path === this.#path) ?? null);
  }

  /** Statistics of the active renditions since the previous call. */
  encodingStats(): EncodingStats[] {
    return this.#meter.read(this.video.activeEncoders());
  }

  /** Unpublishes the broadcast and stops the encoders. */
  close(): void {
    this.#stopPublishing?.();
    this.#onCatalogComplete?.();
    this.video.close();
    this.audio.close();
    this.#broadcast.close();
  }

  #updateCatalog(): void {
    const { video, audio } = this.#expected;
    if ((!video || this.#plans.length > 0) && (!audio || this.#format)) this.#onCatalogComplete?.();
    if (this.#published) this.#broadcast.setCatalog(buildCatalog(this.#plans, this.#format));
  }
}
