import type { MediaSocket } from '../../common/bridge/bridge.ts';
import { processTurn } from '../base/turn-limit.ts';
import { firstFrame, PING } from './qmux-frame.ts';

/**
 * Protects a QMux session from records with many tiny frames and from ping floods. `@moq/qmux` (0.3.3) copies
 * the rest of the record for each frame, so 16 kB of one-byte frames cost as much as several megabytes of
 * video. It also buffers answers to pings without limit. This socket passes on one frame at a time, spread
 * over turns of the event loop, and closes after too many pings.
 */

/** Maximum size of a record in bytes: the largest that qmux accepts in any version. */
export const MAX_RECORD_BYTES = 16 * 1024;
/** A WebSocket is paused when more than this number of bytes are waiting to be processed. */
const PAUSE_BYTES = 256 * 1024;
/** A WebSocket is also paused when more than this number of records are waiting. */
const PAUSE_RECORDS = 1_024;
/**
 * Maximum number of tiny messages per turn of the event loop. The `ws` package emits all messages of a TCP
 * segment at once, and handling a tiny message costs as much as one of 16 kB. The messages of a well-behaved
 * peer have a hundred bytes on average, even if it sends only audio.
 */
const MAX_TINY_RECORDS = 1_500;
const TINY_BYTES = 64;
/** A socket that cannot be paused is closed if more than this number of bytes are waiting. */
const MAX_WAITING_BYTES = 16 * 1024 * 1024;
/**
 * Maximum number of pings in a burst. After that, one ping per `PING_INTERVAL_MS` is allowed. A well-behaved
 * peer pings every ten seconds, and only if it has nothing else to send.
 */
const MAX_PINGS = 100;
const PING_INTERVAL_MS = 1_000;
/**
 * Maximum number of frames that are handled while the peer reads nothing, because each frame may cause a
 * response that must be buffered. At 200 frames per second, this is more than a minute. Slow readers are
 * disconnected sooner.
 */
const MAX_UNANSWERED_FRAMES = 16 * 1024;
/**
 * If the socket's send buffer contains more bytes than this, the peer is considered to have stopped reading.
 */
const BLOCKED_BYTES = 128 * 1024;
/** WebSocket close code "policy violation". */
const POLICY_VIOLATION = 1008;

/** A WebSocket of the `ws` package can be paused; a message port cannot. */
type PausableSocket = MediaSocket & { pause?(): void; resume?(): void };

/** Wraps a socket that carries QMux. Takes over its handlers. */
export function guardRecords(socket: MediaSocket): MediaSocket {
  return new RecordGuard(socket);
}

class RecordGuard implements MediaSocket {
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code?: number; reason?: string }) => void) | null = null;
  readonly #socket: PausableSocket;
  /** Records whose frames have not all been passed on yet. */
  readonly #records: Uint8Array[] = [];
  #waitingBytes = 0;
  #waitingForTurn = false;
  #paused = false;
  #closeEvent: { code?: number; reason?: string } | undefined;
  #pings = 0;
  #pingsSinceMs = 0;
  #unansweredFrames = 0;
  #refused = false;
  /** Number of tiny records in the current turn. */
  #tinyRecords = 0;

  constructor(socket: PausableSocket) {
    this.#socket = socket;
    socket.binaryType = 'arraybuffer';
    socket.onmessage = ({ data }) => this.#receive(data);
    socket.onclose = (event) => {
      if (this.#refused) return;
      this.#closeEvent = event;
      this.#pass();
    };
  }

  get binaryType(): string {
    return this.#socket.binaryType;
  }

  set binaryType(type: string) {
    this.#socket.binaryType = type;
  }

  get bufferedAmount(): number {
    return this.#socket.bufferedAmount;
  }

  get readyState(): number {
    return this.#socket.readyState;
  }

  get protocol(): string {
    return this.#socket.protocol;
  }

  get extensions(): string {
    return this.#socket.extensions;
  }

  get onopen(): MediaSocket['onopen'] {
    return this.#socket.onopen;
  }

  set onopen(handler: MediaSocket['onopen']) {
    this.#socket.onopen = handler;
  }

  get onerror(): MediaSocket['onerror'] {
    return this.#socket.onerror;
  }

  set onerror(handler: MediaSocket['onerror']) {
    this.#socket.onerror = handler;
  }

  send(data: string | ArrayBufferLike | ArrayBufferView): void {
    this.#socket.send(data);
  }

  close(code?: number, reason?: string): void {
    // Dropping the waiting records also resumes a paused WebSocket, which would otherwise not receive the
    // peer's close message.
    this.#drop();
    this.#socket.close(code, reason);
  }

  #receive(data: unknown): void {
    if (this.#refused) return;
    const record = bytesOf(data);
    // Text messages are passed on, because qmux rejects them itself.
    if (!record) {
      this.onmessage?.({ data });
      return;
    }
    if (record.byteLength > MAX_RECORD_BYTES) {
      this.#refuse('the record is too large');
      return;
    }
    if (record.byteLength < TINY_BYTES && this.#countTiny() > MAX_TINY_RECORDS) {
      this.#refuse('too many tiny messages');
      return;
    }
    this.#records.push(record);
    this.#waitingBytes += record.byteLength;
    this.#pass();
    if (this.#waitingBytes > MAX_WAITING_BYTES) this.#refuse('too much data');
    else if (this.#waitingBytes > PAUSE_BYTES || this.#records.length > PAUSE_RECORDS) this.#pause();
  }

  #pause(): void {
    if (this.#paused || !this.#socket.pause) return;
    this.#paused = true;
    this.#socket.pause();
  }

  #countTiny(): number {
    if (this.#tinyRecords === 0) {
      void processTurn.nextTurn().then(() => {
        this.#tinyRecords = 0;
      });
    }
    this.#tinyRecords += 1;
    return this.#tinyRecords;
  }

  /** Passes on frames until the current turn has reached its limit. */
  #pass(): void {
    if (this.#waitingForTurn) return;
    for (let record = this.#records[0]; record; record = this.#records[0]) {
      if (!processTurn.tryTake()) {
        this.#waitingForTurn = true;
        void processTurn.nextTurn().then(() => {
          this.#waitingForTurn = false;
          this.#pass();
        });
        return;
      }
      const { type, length } = this.#firstFrame(record);
      this.#waitingBytes -= length;
      if (length === record.byteLength) this.#records.shift();
      else this.#records[0] = record.subarray(length);
      if (!this.#isAllowed(type)) return;
      this.onmessage?.({ data: record.subarray(0, length) });
    }
    if (this.#paused) {
      this.#paused = false;
      this.#socket.resume?.();
    }
    const event = this.#closeEvent;
    this.#closeEvent = undefined;
    if (event) this.onclose?.(event);
  }

  /** Finds the first frame in a record. In version 00, a message has one frame, which may lack a length. */
  #firstFrame(record: Uint8Array): { type: bigint | undefined; length: number } {
    if (this.protocol.startsWith('qmux-00')) return { type: undefined, length: record.byteLength };
    return firstFrame(record);
  }

  /** Returns whether a frame is within the limits. Closes the socket if it is not. */
  #isAllowed(type: bigint | undefined): boolean {
    this.#unansweredFrames = this.bufferedAmount > BLOCKED_BYTES ? this.#unansweredFrames + 1 : 0;
    if (this.#unansweredFrames > MAX_UNANSWERED_FRAMES) {
      this.#refuse('nothing is read');
      return false;
    }
    if (type !== PING) return true;
    const nowMs = performance.now();
    const elapsed = Math.floor((nowMs - this.#pingsSinceMs) / PING_INTERVAL_MS);
    if (elapsed > 0) {
      this.#pings = Math.max(0, this.#pings - elapsed);
      this.#pingsSinceMs = nowMs;
    }
    this.#pings += 1;
    if (this.#pings <= MAX_PINGS) return true;
    this.#refuse('too many pings');
    return false;
  }

  /**
   * Closes the socket because the peer exceeded a limit. The session ends immediately, whether or not the peer
   * responds.
   */
  #refuse(reason: string): void {
    if (this.#refused) return;
    this.#refused = true;
    this.#closeEvent = { code: POLICY_VIOLATION, reason };
    this.close(POLICY_VIOLATION, reason);
    this.#pass();
  }

  #drop(): void {
    this.#records.length = 0;
    this.#waitingBytes = 0;
    if (!this.#paused) return;
    this.#paused = false;
    this.#socket.resume?.();
  }
}

function bytesOf(data: unknown): Uint8Array | undefined {
  if (data instanceof ArrayBuffer) return new Uint8Array(data);
  return ArrayBuffer.isView(data) ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength) : undefined;
}
