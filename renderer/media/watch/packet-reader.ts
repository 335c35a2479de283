import type * as Container from '@moq/hang/container';
import type { Group, Time, Track } from '@moq/net';
import type { Getter } from '@moq/signals';

/** Largest gap between two consecutive packets that is treated as a rounding error, in microseconds. */
const CONTIGUOUS_US = 1_000;
/**
 * Limits on the data buffered while a group is missing. They bound the memory use if a publisher never stops
 * sending.
 */
const MAX_GROUPS = 1_024;
const MAX_BYTES = 4_000_000;

/** A packet of an audio track. Its timestamp and duration are in microseconds. */
export type Packet = Container.Frame;

interface BufferedGroup {
  readonly group: Group.Consumer;
  readonly packets: Packet[];
  latestUs: number;
  done: boolean;
}

/**
 * Reads the packets of an audio track in group order. Waits for a missing group until `maxWaitMs` of newer
 * audio has arrived. Unlike hang's `Container.Consumer`, it never drops packets that arrive in a burst; the
 * playback buffer drops those that are too late.
 */
export class PacketReader {
  readonly #track: Track.Subscriber;
  readonly #format: Container.Format;
  readonly #maxWaitMs: Getter<Time.Milli>;
  readonly #durationUs: (packet: Packet) => number | undefined;
  /** Groups that have arrived, in ascending order of sequence number. */
  #groups: BufferedGroup[] = [];
  #bytes = 0;
  /** Sequence number of the group that is being read, or of the next group to read. */
  #next: number | undefined;
  /** End of the last packet that was read; undefined if its duration is unknown. */
  #endUs: number | undefined;
  #ended = false;
  #closed = false;
  #wake: (() => void) | undefined;

  /**
   * @param track the track to read, which the reader closes
   * @param durationUs returns a packet's duration in microseconds; undefined if unknown
   */
  constructor(
    track: Track.Subscriber,
    format: Container.Format,
    maxWaitMs: Getter<Time.Milli>,
    durationUs: (packet: Packet) => number | undefined,
  ) {
    this.#track = track;
    this.#format = format;
    this.#maxWaitMs = maxWaitMs;
    this.#durationUs = durationUs;
    void this.#receive();
  }

  /** Returns the next packet, or undefined once the track has ended or the reader is closed. */
  async next(): Promise<Packet | undefined> {
    while (!this.#closed) {
      const packet = this.#take();
      if (packet) return packet;
      if (this.#ended && this.#groups.length === 0) return undefined;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return undefined;
  }

  /** Ends the subscription. Idempotent. */
  close(): void {
    this.#closed = true;
    this.#track.close();
    for (const { group } of this.#groups) group.close();
    this.#groups = [];
    this.#wake?.();
  }

  async #receive(): Promise<void> {
    try {
      for (;;) {
        const group = await this.#track.recvGroup();
        if (!group || this.#closed) {
          group?.close();
          break;
        }
        this.#add(group);
      }
    } catch {
      // The publisher or the connection has ended the track. If the track returns, the catalog will list it
      // again.
    }
    this.#ended = true;
    this.#wake?.();
  }

  #add(group: Group.Consumer): void {
    if (this.#next !== undefined && group.sequence < this.#next) {
      group.close();
      return;
    }
    const buffered: BufferedGroup = { group, packets: [], latestUs: Number.NEGATIVE_INFINITY, done: false };
    const after = this.#groups.findIndex((other) => other.group.sequence > group.sequence);
    this.#groups.splice(after < 0 ? this.#groups.length : after, 0, buffered);
    void this.#fill(buffered);
  }

  async #fill(buffered: BufferedGroup): Promise<void> {
    let first = true;
    try {
      for (;;) {
        const frame = await buffered.group.readFrame();
        if (!frame || this.#closed) break;
        for (const decoded of this.#format.decode(frame.payload)) {
          // Containers without a keyframe flag rely on the first packet of a group being decodable on its
          // own, so mark it as a keyframe.
          const packet = first ? { ...decoded, keyframe: true } : decoded;
          first = false;
          buffered.packets.push(packet);
          buffered.latestUs = Math.max(buffered.latestUs, packet.timestamp);
          this.#bytes += packet.payload.byteLength;
        }
        while (this.#bytes > MAX_BYTES) this.#dropOldest();
        this.#wake?.();
      }
    } catch {
      // Stop reading a group that was reset or cannot be parsed. Its earlier packets are still valid.
    }
    buffered.done = true;
    buffered.group.close();
    this.#wake?.();
  }

  /** Removes and returns the next packet; undefined if it has not arrived. */
  #take(): Packet | undefined {
    for (;;) {
      const [head] = this.#groups;
      if (!head) return undefined;
      if (this.#next !== undefined && head.group.sequence > this.#next && !this.#mayStart(head))
        return undefined;
      const packet = head.packets.shift();
      if (packet) {
        this.#next = head.group.sequence;
        this.#bytes -= packet.payload.byteLength;
        const durationUs = this.#durationUs(packet);
        this.#endUs = durationUs === undefined ? undefined : packet.timestamp + durationUs;
        return packet;
      }
      if (!head.done && !this.#mayAbandon()) return undefined;
      this.#dropHead();
    }
  }

  /** Whether to read a group even though the group before it has not arrived. */
  #mayStart(group: BufferedGroup): boolean {
    return this.#follows(group) || this.#waitedLongEnough();
  }

  /** Whether to abandon the first group, which is still open but has no unread packets. */
  #mayAbandon(): boolean {
    const [, second] = this.#groups;
    return second !== undefined && (this.#follows(second) || this.#waitedLongEnough());
  }

  /** Whether a group starts where the last packet ended, so that nothing is missing between them. */
  #follows({ packets: [first] }: BufferedGroup): boolean {
    return first !== undefined && this.#endUs !== undefined && first.timestamp <= this.#endUs + CONTIGUOUS_US;
  }

  #waitedLongEnough(): boolean {
    if (this.#ended || this.#groups.length > MAX_GROUPS) return true;
    let oldestUs = Number.POSITIVE_INFINITY;
    let newestUs = Number.NEGATIVE_INFINITY;
    for (const { packets, latestUs } of this.#groups) {
      const [first] = packets;
      if (!first) continue;
      oldestUs = Math.min(oldestUs, first.timestamp);
      newestUs = Math.max(newestUs, latestUs);
    }
    return newestUs - oldestUs > this.#maxWaitMs.peek() * 1000;
  }

  #dropOldest(): void {
    const packet = this.#groups.find(({ packets }) => packets.length > 0)?.packets.shift();
    this.#bytes = packet ? this.#bytes - packet.payload.byteLength : 0;
  }

  #dropHead(): void {
    const head = this.#groups.shift();
    if (!head) return;
    for (const packet of head.packets) this.#bytes -= packet.payload.byteLength;
    head.group.close();
    this.#next = head.group.sequence + 1;
  }
}
