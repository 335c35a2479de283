import { messageOf } from '../../../common/base/errors.ts';
import { concatBytes } from '../../../common/moq/bytes.ts';
import { log } from '../../base/log.ts';
import type { NativeSend } from '../native-streams.ts';
import { type ControlMessage, encodeHeader, encodeMessage, MAX_ACKS } from './record-format.ts';

/** Control messages are sent before all media. This is the highest priority of iroh. */
const CONTROL_PRIORITY = 2 ** 31 - 1;
/**
 * How long acknowledgements wait for others, in ms. Much shorter than a round trip over the internet, and long enough to
 * acknowledge the records of a keyframe together.
 */
const ACK_DELAY_MS = 4;
/** Maximum size of messages that wait because the peer does not read its control stream, in bytes. */
const MAX_WAITING_BYTES = 256 * 1024;

/** Options for a `ControlChannel`. */
export interface ControlChannelOptions {
  /** Opens a unidirectional QUIC stream on the first connection. */
  open: () => Promise<NativeSend>;
  /** Called if the peer does not read its control messages. */
  onStuck: () => void;
}

/** Sends control messages. Opens its QUIC stream with the first message. Acknowledgements are sent in batches. */
export class ControlChannel {
  readonly #options: ControlChannelOptions;
  #stream: Promise<NativeSend> | undefined;
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #acks: number[] = [];
  #ackTimer: NodeJS.Timeout | undefined;
  #writing = false;
  #closed = false;

  constructor(options: ControlChannelOptions) {
    this.#options = options;
  }

  /** Sends a message. Messages arrive in order. */
  send(message: ControlMessage): void {
    this.#flushAcks();
    this.#push(encodeMessage(message));
  }

  /** Acknowledges a record soon. */
  acknowledge(sequence: number): void {
    this.#acks.push(sequence);
    if (this.#acks.length >= MAX_ACKS) this.#flushAcks();
    else this.#ackTimer ??= setTimeout(() => this.#flushAcks(), ACK_DELAY_MS);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#ackTimer);
  }

  #flushAcks(): void {
    clearTimeout(this.#ackTimer);
    this.#ackTimer = undefined;
    if (this.#acks.length > 0) this.#push(encodeMessage({ kind: 'ack', sequences: this.#acks.splice(0) }));
  }

  #push(bytes: Uint8Array): void {
    if (this.#closed) return;
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.byteLength;
    if (this.#waitingBytes > MAX_WAITING_BYTES) {
      this.close();
      this.#options.onStuck();
    } else if (!this.#writing) void this.#write();
  }

  /** Writes what waits. Never rejects: a failed write means that the session has ended. */
  async #write(): Promise<void> {
    this.#writing = true;
    try {
      this.#stream ??= this.#open();
      const stream = await this.#stream;
      while (this.#waiting.length > 0 && !this.#closed) {
        const bytes = concatBytes(...this.#waiting.splice(0));
        await stream.write(bytes);
        this.#waitingBytes -= bytes.byteLength;
      }
      this.#writing = false;
    } catch (error) {
      this.close();
      log.debug(`bundle: the control stream ended: ${messageOf(error).split('\n')[0]}`);
    }
  }

  async #open(): Promise<NativeSend> {
    const stream = await this.#options.open();
    await stream.setPriority(CONTROL_PRIORITY);
    await stream.write(encodeHeader({ kind: 'control' }));
    return stream;
  }
}
