/** Properties of the simulated network path. */
export interface NetworkPathShape {
  /** Bottleneck capacity, in bits per second. */
  rateBps: number;
  /** One-way delay, in milliseconds. */
  delayMs: number;
  /** Maximum random delay added to each packet, in milliseconds. Packets stay in order. */
  jitterMs: number;
  /** Random loss rate, from 0 to 1, in addition to losses from a full buffer. */
  loss: number;
  /** Size of the buffer before the bottleneck, in milliseconds at the bottleneck's rate. */
  bufferMs: number;
  kind: 'direct' | 'relayed';
}

/** A direct path of 8 Mbit/s without loss. */
export const GOOD_NETWORK_PATH: NetworkPathShape = {
  rateBps: 8_000_000,
  delayMs: 15,
  jitterMs: 2,
  loss: 0,
  bufferMs: 200,
  kind: 'direct',
};

const PACKET_BYTES = 1_200;
/** QUIC, UDP and IP headers of a packet, in bytes. */
const HEADER_BYTES = 60;
/** quinn's initial and minimum congestion windows, in bytes: 14,720 bytes and two packets. */
const FIRST_WINDOW = 14_720;
const LEAST_WINDOW = 2 * PACKET_BYTES;
/** Factor by which CUBIC reduces the window after a loss. */
const BACK_OFF = 0.7;

/** A frame to send. */
export interface Frame {
  readonly track: string;
  readonly group: number;
  readonly mediaMs: number;
  readonly bytes: number;
  readonly key: boolean;
}

interface Packet {
  readonly frame: Frame;
  readonly bytes: number;
  readonly last: boolean;
}

interface InFlight {
  readonly packet: Packet;
  readonly sentMs: number;
  /** Arrival time at the receiver, in milliseconds; infinite for a lost packet. */
  readonly arrivesMs: number;
  /** Time at which the sender learns that the packet arrived or was lost, in milliseconds. */
  readonly knownMs: number;
}

/** Priority of each track. Higher numbers are sent first; within a track, newer groups are sent first. */
export type Priorities = ReadonlyMap<string, number>;

/**
 * Simulates QUIC over one network path in as much detail as the rendition policy needs: a congestion window,
 * a bottleneck with a buffer, and the return path. Runs are reproducible and fast: hundreds of networks per
 * second.
 */
export class Network {
  shape: NetworkPathShape;
  readonly #random: () => number;
  #queue: Packet[] = [];
  #inFlight: InFlight[] = [];
  #window = FIRST_WINDOW;
  #threshold = Number.POSITIVE_INFINITY;
  #srttMs: number | undefined;
  #lossBefore = 0;
  #busyUntilMs = 0;
  #lastArrivalMs = 0;
  /** Bytes that have arrived since the last call to `drainArrivedBytes`. */
  #arrivedBytes = 0;
  #sender = { congestionEvents: 0, sentBytes: 0, lostBytes: 0 };

  constructor(path: NetworkPathShape, random: () => number) {
    this.shape = path;
    this.#random = random;
  }

  /** The sender's smoothed round-trip time, in milliseconds. */
  get srttMs(): number {
    return this.#srttMs ?? 2 * this.shape.delayMs;
  }

  /** The bandwidth estimate that the sender reports in PROBE, in bits per second. */
  get senderEstimateBps(): number {
    return (this.#window * 8_000) / Math.max(1, Math.round(this.srttMs));
  }

  /** The sender's counters and congestion window, as iroh reports them. */
  get sender(): { cwndBytes: number; congestionEvents: number; sentBytes: number; lostBytes: number } {
    return { cwndBytes: this.#window, ...this.#sender };
  }

  /** Returns how long a packet waits in the bottleneck's buffer, in milliseconds. */
  queueMs(nowMs: number): number {
    return Math.max(0, this.#busyUntilMs - nowMs);
  }

  /** Returns the number of bytes that have arrived since the last call. */
  drainArrivedBytes(): number {
    const bytes = this.#arrivedBytes;
    this.#arrivedBytes = 0;
    return bytes;
  }

  /** Queues a frame. */
  send(frame: Frame): void {
    for (let left = frame.bytes; left > 0; left -= PACKET_BYTES) {
      this.#queue.push({ frame, bytes: Math.min(left, PACKET_BYTES), last: left <= PACKET_BYTES });
    }
  }

  /** Drops the queued packets of a track that has no readers. */
  cancel(track: string): void {
    this.#queue = this.#queue.filter((packet) => packet.frame.track !== track);
  }

  /** Advances by one millisecond. Returns the packets that arrived in that time. */
  advance(nowMs: number, priorities: Priorities): Packet[] {
    const arrived: Packet[] = [];
    const stillInFlight: InFlight[] = [];
    let limited = this.#queue.length > 0;
    for (const sent of this.#inFlight) {
      if (sent.arrivesMs <= nowMs && sent.arrivesMs > nowMs - 1) {
        arrived.push(sent.packet);
        this.#arrivedBytes += sent.packet.bytes + HEADER_BYTES;
      }
      if (sent.knownMs > nowMs) stillInFlight.push(sent);
      else this.#acknowledge(sent, nowMs, limited);
    }
    this.#inFlight = stillInFlight;
    let inFlightBytes = 0;
    if (limited) for (const { packet } of this.#inFlight) inFlightBytes += packet.bytes;
    while (this.#queue.length > 0 && inFlightBytes < this.#window) {
      const packet = this.#nextPacket(priorities);
      this.#launch(packet, nowMs);
      inFlightBytes += packet.bytes;
      limited = true;
    }
    return arrived;
  }

  #nextPacket(priorities: Priorities): Packet {
    let best = 0;
    const rank = ({ frame }: Packet) => (priorities.get(frame.track) ?? 0) * 1e6 + frame.group;
    for (let i = 1; i < this.#queue.length; i += 1) {
      const [a, b] = [this.#queue[i], this.#queue[best]];
      if (a && b && rank(a) > rank(b)) best = i;
    }
    const [packet] = this.#queue.splice(best, 1);
    if (!packet) throw new Error('nothing to send');
    return packet;
  }

  #launch(packet: Packet, nowMs: number): void {
    const { rateBps, delayMs, jitterMs, loss, bufferMs } = this.shape;
    this.#sender.sentBytes += packet.bytes + HEADER_BYTES;
    const startMs = Math.max(nowMs, this.#busyUntilMs);
    const full = startMs - nowMs > bufferMs;
    if (full || this.#random() < loss) {
      // The sender detects the loss from later acknowledgements, which arrive about one round trip later.
      const knownMs = nowMs + Math.max(this.srttMs * 1.2, 2 * delayMs + 10);
      this.#inFlight.push({ packet, sentMs: nowMs, arrivesMs: Number.POSITIVE_INFINITY, knownMs });
      return;
    }
    this.#busyUntilMs = startMs + ((packet.bytes + HEADER_BYTES) * 8_000) / rateBps;
    const arrivesMs = Math.max(this.#busyUntilMs + delayMs + this.#random() * jitterMs, this.#lastArrivalMs);
    this.#lastArrivalMs = arrivesMs;
    this.#inFlight.push({ packet, sentMs: nowMs, arrivesMs, knownMs: arrivesMs + delayMs });
  }

  #acknowledge({ packet, sentMs, arrivesMs }: InFlight, nowMs: number, limited: boolean): void {
    if (arrivesMs === Number.POSITIVE_INFINITY) {
      this.#queue.unshift(packet);
      this.#sender.lostBytes += packet.bytes + HEADER_BYTES;
      if (sentMs < this.#lossBefore) return;
      this.#lossBefore = nowMs;
      this.#sender.congestionEvents += 1;
      this.#window = Math.max(LEAST_WINDOW, this.#window * BACK_OFF);
      this.#threshold = this.#window;
      return;
    }
    const rttMs = nowMs - sentMs;
    this.#srttMs = this.#srttMs === undefined ? rttMs : this.#srttMs * 0.875 + rttMs * 0.125;
    // The congestion window grows only while it limits the sender.
    if (!limited) return;
    if (this.#window < this.#threshold) this.#window += packet.bytes;
    else this.#window += (PACKET_BYTES * packet.bytes * 1.5) / this.#window;
  }
}
