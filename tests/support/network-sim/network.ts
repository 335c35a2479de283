/**
 * A sender behind a congestion window, one bottleneck with a buffer, and the way back: what QUIC over one path does, as
 * far as a choice of renditions sees it. Runs in steps of a millisecond, with a random generator of its own, so that
 * each run repeats exactly. Where real ends can be had, tests use those; here hundreds of links pass in a second.
 */

export interface NetworkPathShape {
  /** What passes the bottleneck, in bits per second. */
  rateBps: number;
  /** One way, in milliseconds. */
  delayMs: number;
  /** Added to each packet at random, up to this, in milliseconds; order is kept. */
  jitterMs: number;
  /** 0..1, beside what the full buffer drops. */
  loss: number;
  /** What the buffer before the bottleneck holds, in milliseconds of its rate. */
  bufferMs: number;
  kind: 'direct' | 'relayed';
}

export const GOOD_NETWORK_PATH: NetworkPathShape = {
  rateBps: 8_000_000,
  delayMs: 15,
  jitterMs: 2,
  loss: 0,
  bufferMs: 200,
  kind: 'direct',
};

const PACKET_BYTES = 1_200;
/** quinn's: 14 720 bytes, and two packets at least. */
const FIRST_WINDOW = 14_720;
const LEAST_WINDOW = 2 * PACKET_BYTES;
/** Cubic's factor. */
const BACK_OFF = 0.7;

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

interface Flying {
  readonly packet: Packet;
  readonly sentMs: number;
  /** When it is at the other end; infinite for a lost one. */
  readonly arrivesMs: number;
  /** When the sender knows. */
  readonly knownMs: number;
}

/** Priorities of tracks: higher goes first; of one track, the newer group. */
export type Priorities = ReadonlyMap<string, number>;

export class Network {
  shape: NetworkPathShape;
  readonly #random: () => number;
  #queue: Packet[] = [];
  #flying: Flying[] = [];
  #window = FIRST_WINDOW;
  #threshold = Number.POSITIVE_INFINITY;
  #srttMs: number | undefined;
  #lossBefore = 0;
  #busyUntilMs = 0;
  #lastArrivalMs = 0;
  /** Bytes that arrived since `takeBytes`. */
  #arrivedBytes = 0;

  constructor(path: NetworkPathShape, random: () => number) {
    this.shape = path;
    this.#random = random;
  }

  get srttMs(): number {
    return this.#srttMs ?? 2 * this.shape.delayMs;
  }

  /** What the sender tells in PROBE. */
  get senderEstimateBps(): number {
    return (this.#window * 8_000) / Math.max(1, Math.round(this.srttMs));
  }

  drainArrivedBytes(): number {
    const bytes = this.#arrivedBytes;
    this.#arrivedBytes = 0;
    return bytes;
  }

  send(frame: Frame): void {
    for (let left = frame.bytes; left > 0; left -= PACKET_BYTES) {
      this.#queue.push({ frame, bytes: Math.min(left, PACKET_BYTES), last: left <= PACKET_BYTES });
    }
  }

  /** Nobody reads it any more. */
  cancel(track: string): void {
    this.#queue = this.#queue.filter((packet) => packet.frame.track !== track);
  }

  /** One millisecond: returns what arrived in it. */
  advance(nowMs: number, priorities: Priorities): Packet[] {
    const arrived: Packet[] = [];
    const still: Flying[] = [];
    let limited = this.#queue.length > 0;
    for (const flying of this.#flying) {
      if (flying.arrivesMs <= nowMs && flying.arrivesMs > nowMs - 1) {
        arrived.push(flying.packet);
        this.#arrivedBytes += flying.packet.bytes + 60;
      }
      if (flying.knownMs > nowMs) still.push(flying);
      else this.#learn(flying, nowMs, limited);
    }
    this.#flying = still;
    let inFlight = 0;
    if (limited) for (const { packet } of this.#flying) inFlight += packet.bytes;
    while (this.#queue.length > 0 && inFlight < this.#window) {
      const packet = this.#next(priorities);
      this.#launch(packet, nowMs);
      inFlight += packet.bytes;
      limited = true;
    }
    return arrived;
  }

  #next(priorities: Priorities): Packet {
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
    const startMs = Math.max(nowMs, this.#busyUntilMs);
    const full = startMs - nowMs > bufferMs;
    if (full || this.#random() < loss) {
      // Found by what arrives after it: about a round trip later.
      const knownMs = nowMs + Math.max(this.srttMs * 1.2, 2 * delayMs + 10);
      this.#flying.push({ packet, sentMs: nowMs, arrivesMs: Number.POSITIVE_INFINITY, knownMs });
      return;
    }
    this.#busyUntilMs = startMs + ((packet.bytes + 60) * 8_000) / rateBps;
    const arrivesMs = Math.max(this.#busyUntilMs + delayMs + this.#random() * jitterMs, this.#lastArrivalMs);
    this.#lastArrivalMs = arrivesMs;
    this.#flying.push({ packet, sentMs: nowMs, arrivesMs, knownMs: arrivesMs + delayMs });
  }

  #learn({ packet, sentMs, arrivesMs }: Flying, nowMs: number, limited: boolean): void {
    if (arrivesMs === Number.POSITIVE_INFINITY) {
      this.#queue.unshift(packet);
      if (sentMs < this.#lossBefore) return;
      this.#lossBefore = nowMs;
      this.#window = Math.max(LEAST_WINDOW, this.#window * BACK_OFF);
      this.#threshold = this.#window;
      return;
    }
    const rttMs = nowMs - sentMs;
    this.#srttMs = this.#srttMs === undefined ? rttMs : this.#srttMs * 0.875 + rttMs * 0.125;
    // A window that is not filled does not grow.
    if (!limited) return;
    if (this.#window < this.#threshold) this.#window += packet.bytes;
    else this.#window += (PACKET_BYTES * packet.bytes * 1.5) / this.#window;
  }
}
