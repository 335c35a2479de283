import { concatBytes } from '../../../common/moq/bytes.ts';
import { encodeHeader } from './record-format.ts';

/** A connection that carries records. */
export interface RecordCarrier {
  /** How many bytes of records may be in flight or queued on this connection. */
  readonly windowBytes: number;
  /**
   * Sends a record on a QUIC stream of its own. Rejects if the connection has ended.
   *
   * @param record the header and the bytes
   * @param priority higher is sent first
   */
  send(record: Uint8Array, priority: number): Promise<SentRecord>;
}

/** A record whose bytes the connection has accepted. */
export interface SentRecord {
  /** Stops sending the record. */
  reset(): void;
}

/** A stream whose records are scheduled. */
export interface RecordStream {
  readonly id: number;
  /** Streams with a higher priority are sent first. */
  readonly priority: number;
  /** Called when the first record, and later when all records of the finished stream have been acknowledged. */
  onAcknowledged(isComplete: boolean): void;
}

interface StreamRecord {
  offset: number;
  bytes: Uint8Array;
  isLast: boolean;
}

interface StreamQueue {
  stream: RecordStream;
  /** Records that no connection carries yet, in order. */
  waiting: StreamRecord[];
  waitingBytes: number;
  /** Records on a connection, by sequence number. */
  sent: Map<number, InFlight>;
  wasAcknowledged: boolean;
  isFinished: boolean;
  whenRoom: (() => void) | undefined;
}

interface InFlight {
  record: StreamRecord;
  carrier: RecordCarrier;
  sending: SentRecord | undefined;
  isDropped: boolean;
}

interface Load {
  bytes: number;
  records: number;
}

/** How many bytes of one stream may wait for a connection before writes block. */
const MAX_STREAM_WAITING_BYTES = 32 * 1024;
/** How many bytes of all streams may wait for a connection before writes block. */
const MAX_WAITING_BYTES = 2 * 1024 * 1024;
/**
 * Maximum number of records in flight on one connection. The peer must read that many streams at a time, in addition
 * to the streams that are not cut.
 */
const MAX_CARRIED_RECORDS = 64;
/** Overhead that is counted for each record, in bytes: headers of the record, its QUIC stream and packets. */
const RECORD_OVERHEAD_BYTES = 48;

/**
 * Distributes records over connections. A record is assigned to a connection only when that connection has room, so
 * records of more important streams that are written later are still sent first. Keeps each record until the peer
 * has acknowledged it, and sends it again if its connection ends before that.
 */
export class RecordScheduler {
  readonly #carriers: () => readonly RecordCarrier[];
  readonly #onBroken: (carrier: RecordCarrier, error: unknown) => void;
  readonly #queues = new Map<RecordStream, StreamQueue>();
  readonly #inFlight = new Map<number, { queue: StreamQueue; entry: InFlight }>();
  readonly #loads = new Map<RecordCarrier, Load>();
  #sequence = 0;
  #waitingBytes = 0;
  #drainScheduled = false;

  /**
   * @param carriers returns the connections to use now
   * @param onBroken called if a connection does not accept a record; its owner must call `release`
   */
  constructor(
    carriers: () => readonly RecordCarrier[],
    onBroken: (carrier: RecordCarrier, error: unknown) => void,
  ) {
    this.#carriers = carriers;
    this.#onBroken = onBroken;
  }

  /** Number of streams with records that the peer has not acknowledged, or that have not ended. */
  get streamCount(): number {
    return this.#queues.size;
  }

  /** Queues a record of a stream. The bytes must not change afterwards. */
  add(stream: RecordStream, offset: number, bytes: Uint8Array): void {
    const queue = this.#queueOf(stream);
    queue.waiting.push({ offset, bytes, isLast: false });
    this.#addWaiting(queue, bytes.byteLength);
    this.#scheduleDrain();
  }

  /** Ends a stream at `offset`. Marks its last record, or adds an empty one if that has been sent. */
  finish(stream: RecordStream, offset: number): void {
    const queue = this.#queueOf(stream);
    queue.isFinished = true;
    const last = queue.waiting.at(-1);
    if (last && last.offset + last.bytes.byteLength === offset) last.isLast = true;
    else queue.waiting.push({ offset, bytes: new Uint8Array(), isLast: true });
    this.#scheduleDrain();
  }

  /** Resolves when the stream may write more, or when its records have been dropped. */
  whenRoom(stream: RecordStream): Promise<void> {
    const queue = this.#queues.get(stream);
    if (!queue || this.#hasRoom(queue)) return Promise.resolve();
    return new Promise((resolve) => {
      queue.whenRoom = resolve;
    });
  }

  /** Drops all records of a stream, including those in flight. */
  drop(stream: RecordStream): void {
    const queue = this.#queues.get(stream);
    if (!queue) return;
    this.#queues.delete(stream);
    queue.waiting.length = 0;
    this.#addWaiting(queue, -queue.waitingBytes);
    for (const [sequence, entry] of queue.sent) {
      entry.isDropped = true;
      entry.sending?.reset();
      this.#forget(sequence, entry);
    }
    queue.sent.clear();
    queue.whenRoom?.();
    this.#scheduleDrain();
  }

  /** Handles an acknowledgement. Unknown sequence numbers are ignored: the record was dropped or sent again. */
  acknowledge(sequence: number): void {
    const known = this.#inFlight.get(sequence);
    if (!known) return;
    const { queue, entry } = known;
    this.#forget(sequence, entry);
    queue.sent.delete(sequence);
    const isComplete = queue.isFinished && queue.waiting.length === 0 && queue.sent.size === 0;
    if (isComplete) this.#queues.delete(queue.stream);
    if (isComplete || !queue.wasAcknowledged) queue.stream.onAcknowledged(isComplete);
    queue.wasAcknowledged = true;
    this.#scheduleDrain();
  }

  /** Stops using a connection that has ended. Its unacknowledged records are sent again on the others. */
  release(carrier: RecordCarrier): void {
    for (const [sequence, { queue, entry }] of [...this.#inFlight]) {
      if (entry.carrier !== carrier) continue;
      this.#forget(sequence, entry);
      queue.sent.delete(sequence);
      entry.isDropped = true;
      queue.waiting.push(entry.record);
      queue.waiting.sort((a, b) => a.offset - b.offset);
      this.#addWaiting(queue, entry.record.bytes.byteLength);
    }
    this.#loads.delete(carrier);
    this.#scheduleDrain();
  }

  /** Sends waiting records, for example because a connection was added. */
  drain(): void {
    this.#scheduleDrain();
  }

  /** Drops everything when the session has ended. */
  close(): void {
    for (const stream of [...this.#queues.keys()]) this.drop(stream);
  }

  #queueOf(stream: RecordStream): StreamQueue {
    const known = this.#queues.get(stream);
    if (known) return known;
    const queue: StreamQueue = {
      stream,
      waiting: [],
      waitingBytes: 0,
      sent: new Map(),
      wasAcknowledged: false,
      isFinished: false,
      whenRoom: undefined,
    };
    this.#queues.set(stream, queue);
    return queue;
  }

  /** Drains after pending callbacks, so that a stream's end can be sent together with its last record. */
  #scheduleDrain(): void {
    if (this.#drainScheduled) return;
    this.#drainScheduled = true;
    setImmediate(() => {
      this.#drainScheduled = false;
      this.#drain();
    });
  }

  #drain(): void {
    for (;;) {
      const queue = this.#mostUrgent();
      if (!queue) return;
      const carrier = this.#leastLoaded();
      if (!carrier) return;
      const record = queue.waiting.shift();
      if (!record) return;
      this.#addWaiting(queue, -record.bytes.byteLength);
      this.#send(queue, record, carrier);
    }
  }

  #mostUrgent(): StreamQueue | undefined {
    let best: StreamQueue | undefined;
    for (const queue of this.#queues.values()) {
      if (queue.waiting.length > 0 && (!best || queue.stream.priority > best.stream.priority)) best = queue;
    }
    return best;
  }

  /** Returns the connection with the least queued data relative to its window, or undefined if all are full. */
  #leastLoaded(): RecordCarrier | undefined {
    let best: RecordCarrier | undefined;
    let bestShare = 1;
    for (const carrier of this.#carriers()) {
      const load = this.#loads.get(carrier) ?? { bytes: 0, records: 0 };
      const share = load.records >= MAX_CARRIED_RECORDS ? 1 : load.bytes / carrier.windowBytes;
      if (share >= bestShare) continue;
      best = carrier;
      bestShare = share;
    }
    return best;
  }

  #send(queue: StreamQueue, record: StreamRecord, carrier: RecordCarrier): void {
    const sequence = this.#sequence;
    this.#sequence += 1;
    const entry: InFlight = { record, carrier, sending: undefined, isDropped: false };
    queue.sent.set(sequence, entry);
    this.#inFlight.set(sequence, { queue, entry });
    const load = this.#loads.get(carrier) ?? { bytes: 0, records: 0 };
    this.#loads.set(carrier, load);
    load.bytes += costOf(record);
    load.records += 1;
    const { offset, bytes, isLast } = record;
    const header = encodeHeader({ kind: 'record', sequence, stream: queue.stream.id, offset, isLast });
    carrier.send(concatBytes(header, bytes), queue.stream.priority).then(
      (sending) => {
        entry.sending = sending;
        if (entry.isDropped) sending.reset();
      },
      (error: unknown) => {
        if (!entry.isDropped && this.#inFlight.has(sequence)) this.#onBroken(carrier, error);
      },
    );
  }

  #forget(sequence: number, { record, carrier }: InFlight): void {
    this.#inFlight.delete(sequence);
    const load = this.#loads.get(carrier);
    if (!load) return;
    load.bytes -= costOf(record);
    load.records -= 1;
  }

  #addWaiting(queue: StreamQueue, bytes: number): void {
    queue.waitingBytes += bytes;
    this.#waitingBytes += bytes;
    if (bytes >= 0) return;
    for (const each of this.#waitingBytes < MAX_WAITING_BYTES ? this.#queues.values() : [queue]) {
      if (!each.whenRoom || !this.#hasRoom(each)) continue;
      each.whenRoom();
      each.whenRoom = undefined;
    }
  }

  #hasRoom({ waitingBytes }: StreamQueue): boolean {
    return waitingBytes <= MAX_STREAM_WAITING_BYTES && this.#waitingBytes <= MAX_WAITING_BYTES;
  }
}

function costOf({ bytes }: StreamRecord): number {
  return bytes.byteLength + RECORD_OVERHEAD_BYTES;
}
