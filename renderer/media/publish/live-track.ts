import { Group, Time, type Track } from '@moq/net';

/**
 * How long slow readers can still read a group after the next one has started, in milliseconds. It limits the
 * memory that a slow reader uses, but must exceed the two seconds between keyframes.
 */
const LATENCY_MAX_MS = 5_000;

interface Reader {
  track: Track.Producer;
  /** The group being written; undefined until the first keyframe after the reader joined. */
  group: Group.Producer | undefined;
}

/** A track whose frames are written to all of its current readers. A new reader starts with the next group. */
export class LiveTrack {
  readonly name: string;
  /** Runs with the new number of readers whenever a reader joins or leaves. */
  onReadersChanged: ((readerCount: number) => void) | undefined;
  readonly #priority: number;
  readonly #readers = new Set<Reader>();
  #nextSequence = 0;
  #closed = false;

  constructor(name: string, priority: number) {
    this.name = name;
    this.#priority = priority;
  }

  get readerCount(): number {
    return this.#readers.size;
  }

  /** Accepts a request for this track; rejects it once the track is closed. */
  accept(request: Track.Request): void {
    if (this.#closed) {
      request.reject(new Error('the track has ended'));
      return;
    }
    const track = request.accept({
      timescale: Time.Timescale.MICRO,
      latencyMax: LATENCY_MAX_MS,
      priority: this.#priority,
    });
    // Do not add a reader for a request that only needs the track's properties.
    if (!track.used.peek()) return;
    const reader: Reader = { track, group: undefined };
    this.#readers.add(reader);
    void track.unused().then(() => this.#drop(reader));
    this.onReadersChanged?.(this.#readers.size);
  }

  /**
   * Writes a frame. `first` starts a new group. Readers that joined during the current group receive no
   * frames before the next group.
   */
  write(payload: Uint8Array, timestampUs: number, first: boolean): void {
    const sequence = first ? this.#nextSequence++ : undefined;
    const frame = { payload, timestamp: Time.Timestamp.fromMicros(timestampUs) };
    for (const reader of [...this.#readers]) {
      if (reader.track.closed.peek() !== undefined) {
        this.#drop(reader);
        continue;
      }
      if (sequence !== undefined) {
        reader.group?.close();
        reader.group = new Group.Producer(sequence);
        reader.track.writeGroup(reader.group);
      }
      reader.group?.writeFrame(frame);
    }
  }

  /** Ends the current group immediately. Used for tracks whose groups contain a single frame. */
  endGroup(): void {
    for (const reader of this.#readers) {
      reader.group?.close();
      reader.group = undefined;
    }
  }

  /** Ends the track for all readers. Idempotent. */
  close(): void {
    this.#closed = true;
    for (const reader of [...this.#readers]) this.#drop(reader);
  }

  #drop(reader: Reader): void {
    if (!this.#readers.delete(reader)) return;
    reader.group?.close();
    reader.track.close();
    this.onReadersChanged?.(this.#readers.size);
  }
}
