import { Group, Time, type Track } from '@moq/net';

/**
 * How long readers that fall behind may still fetch an older group, in milliseconds. It bounds what one slow reader
 * can make the window hold, and must exceed the two seconds between keyframes.
 */
const LATENCY_MAX_MS = 5_000;

interface Output {
  track: Track.Producer;
  /** The group being written; none until the first keyframe after the reader came. */
  group: Group.Producer | undefined;
}

/**
 * One track, written to all who read it now. Nothing is kept for those who come later: each starts with the next
 * group. `onDemand` hears of the first reader, of each further one, and of the last one leaving.
 */
export class TrackFeed {
  readonly name: string;
  onDemand: ((readers: number) => void) | undefined;
  readonly #priority: number;
  readonly #outputs = new Set<Output>();
  #nextSequence = 0;
  #closed = false;

  constructor(name: string, priority: number) {
    this.name = name;
    this.#priority = priority;
  }

  get readers(): number {
    return this.#outputs.size;
  }

  /** Serves a request for this track. */
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
    // Somebody who asks for a track's properties alone does not read it.
    if (!track.used.peek()) return;
    const output: Output = { track, group: undefined };
    this.#outputs.add(output);
    void track.unused().then(() => this.#drop(output));
    this.onDemand?.(this.#outputs.size);
  }

  /** Writes a frame; `first` begins a group. Readers without a group wait for the next one. */
  write(payload: Uint8Array, timestampUs: number, first: boolean): void {
    const sequence = first ? this.#nextSequence++ : undefined;
    const frame = { payload, timestamp: Time.Timestamp.fromMicros(timestampUs) };
    for (const output of [...this.#outputs]) {
      if (output.track.closed.peek() !== undefined) {
        this.#drop(output);
        continue;
      }
      if (sequence !== undefined) {
        output.group?.close();
        output.group = new Group.Producer(sequence);
        output.track.writeGroup(output.group);
      }
      output.group?.writeFrame(frame);
    }
  }

  /** Ends the present group, where a group is a single frame. */
  endGroup(): void {
    for (const output of this.#outputs) {
      output.group?.close();
      output.group = undefined;
    }
  }

  /** Ends the track for all readers. Idempotent. */
  close(): void {
    this.#closed = true;
    for (const output of [...this.#outputs]) this.#drop(output);
  }

  #drop(output: Output): void {
    if (!this.#outputs.delete(output)) return;
    output.group?.close();
    output.track.close();
    this.onDemand?.(this.#outputs.size);
  }
}
