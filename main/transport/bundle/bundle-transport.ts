import type { Connection, ConnectionStats, PathSnapshot } from '@number0/iroh';
import { messageOf } from '../../../common/base/errors.ts';
import { log } from '../../base/log.ts';
import { IrohTransport } from '../iroh.ts';
import { irohSend } from '../iroh-streams.ts';
import type { SendStreamOptions } from '../media-transport.ts';
import { NativeSendStream } from '../native-streams.ts';
import { streamPriority } from '../send-order.ts';
import { openWithTimeout } from '../stream-opening.ts';
import { mapIrohError, SessionError, StreamError } from '../transport-error.ts';
import { AdditionalConnections, addTotals } from './additional-connections.ts';
import { acceptStreams, BundleConnection, type ReceivedStream, readRecord } from './bundle-connection.ts';
import { ConnectionCount, SAMPLE_MS } from './connection-count.ts';
import { ConnectionDialer, type DialConnection } from './connection-dialer.ts';
import { ConnectionNegotiation, type CountPolicy } from './connection-negotiation.ts';
import { ControlChannel } from './control-channel.ts';
import { IncomingStreams, incomingQueue } from './incoming-streams.ts';
import type { JoinableSession } from './join.ts';
import { OutgoingStream } from './outgoing-stream.ts';
import { BUNDLE_MOQ_PROTOCOL, BundleViolation, CLOSE_VIOLATION, MAX_CONNECTIONS } from './protocol.ts';
import { ControlDecoder, type ControlMessage } from './record-format.ts';
import { RecordScheduler } from './record-scheduler.ts';

/** Options for a `BundleTransport`. */
export interface BundleOptions {
  /** Opens an additional connection; undefined on the side that accepted the session. */
  dial?: DialConnection;
  /** Decides how many connections this side sends on. Default: a `ConnectionCount`. Tests pass a fixed number. */
  policy?: CountPolicy;
}

/**
 * A session over up to four iroh connections; see protocol.ts. Its end, its close reason, its datagrams and its
 * network paths are those of the first connection. Its byte counters include all connections.
 */
export class BundleTransport extends IrohTransport implements JoinableSession {
  override readonly protocol = BUNDLE_MOQ_PROTOCOL;
  override readonly incomingUnidirectionalStreams: ReadableStream<ReadableStream<Uint8Array>>;
  readonly #first: BundleConnection;
  readonly #additional: AdditionalConnections;
  readonly #dialer: ConnectionDialer | undefined;
  readonly #control: ControlChannel;
  readonly #scheduler: RecordScheduler;
  readonly #incoming: IncomingStreams;
  readonly #negotiation: ConnectionNegotiation;
  readonly #sending = new Set<NativeSendStream>();
  /** Streams that are being cut into records, by number. */
  readonly #cut = new Map<number, OutgoingStream>();
  readonly #timer: NodeJS.Timeout;
  #ended = false;
  #nextStream = 0;
  #hasControl = false;
  #wroteSinceSample = false;

  /**
   * @param connection the first connection, which the transport then owns
   * @param owner the iroh endpoint
   */
  constructor(connection: Connection, owner: object, { dial, policy }: BundleOptions = {}) {
    super(connection, owner);
    this.#first = new BundleConnection(connection);
    this.#control = new ControlChannel({
      open: async () => irohSend(await connection.openUni()),
      onStuck: () => this.#onViolation(new BundleViolation('control messages are not read')),
    });
    this.#scheduler = new RecordScheduler(
      () => this.#senders,
      (carrier, error) => this.#onBroken(carrier as BundleConnection, error),
    );
    this.#additional = new AdditionalConnections({
      onAdded: (added) => this.#onAdded(added),
      onEnded: (ended) => {
        this.#scheduler.release(ended);
        this.#dialer?.update();
      },
    });
    this.#dialer =
      dial &&
      new ConnectionDialer({
        dial,
        add: (added) => this.#additional.add(added),
        close: (count) => this.#additional.closeAbove(count),
        count: () => this.#additional.open.length,
      });
    this.#negotiation = new ConnectionNegotiation({
      policy: policy ?? new ConnectionCount(MAX_CONNECTIONS),
      dialer: this.#dialer,
      send: (message) => this.#control.send(message),
      onChange: () => this.#scheduler.drain(),
    });
    const queue = incomingQueue(this.closed);
    this.incomingUnidirectionalStreams = queue.readable;
    this.#incoming = new IncomingStreams({
      onStream: queue.add,
      sendStop: (stream, code) => this.#control.send({ kind: 'stop', stream, code }),
      sendRead: (stream, position) => this.#control.send({ kind: 'read', stream, position }),
    });
    void acceptStreams(
      connection,
      (received) => this.#onFirstStream(received),
      (violation) => this.#onViolation(violation),
    );
    this.#timer = setInterval(() => this.#sample(), SAMPLE_MS);
    this.#timer.unref();
    void this.closed.then(() => this.#end());
  }

  /** Number of connections of the session, including the first. */
  get connectionCount(): number {
    return 1 + this.#additional.open.length;
  }

  get secret(): Uint8Array | undefined {
    return this.#negotiation.secret;
  }

  get mayAdd(): boolean {
    return !this.#ended && this.connectionCount < MAX_CONNECTIONS;
  }

  addConnection(connection: Connection): void {
    this.#additional.add(connection);
  }

  /** @throws StreamError or SessionError, also on a timeout. A stream that opens after the timeout is reset. */
  override async createUnidirectionalStream(options: SendStreamOptions = {}): Promise<NativeSendStream> {
    if (this.#ended) throw new SessionError('the connection ended');
    const priority = streamPriority(options.sendOrder);
    if (this.#isStriping && this.#scheduler.streamCount < MAX_CUT_STREAMS) {
      return this.#wrap(this.#newStream(priority, undefined), options.sendOrder);
    }
    const opening = this.#first.connection.openUni();
    const stream = irohSend(await openWithTimeout(opening, options, mapIrohError, (late) => late.reset(0n)));
    try {
      if (priority !== 0) await stream.setPriority(priority);
    } catch (error) {
      throw mapIrohError(error);
    }
    return this.#wrap(this.#newStream(priority, stream), options.sendOrder);
  }

  /** The paths of the first connection. The selected one's congestion window is the sum over all connections. */
  override paths(): readonly PathSnapshot[] {
    const paths = super.paths();
    const others = this.#otherCwndBytes;
    if (others === 0) return paths;
    return paths.map((path) =>
      path.isSelected ? { ...path, stats: { ...path.stats, cwnd: path.stats.cwnd + others } } : path,
    );
  }

  override totals(): ConnectionStats {
    return addTotals(super.totals(), this.#additional.totals);
  }

  /** The connections that this side sends on. */
  get #senders(): readonly BundleConnection[] {
    return [this.#first, ...this.#additional.open.slice(0, this.#negotiation.wanted - 1)];
  }

  get #isStriping(): boolean {
    return this.#negotiation.wanted > 1 && this.#additional.open.length > 0;
  }

  get #otherCwndBytes(): number {
    return this.#senders.slice(1).reduce((sum, { cwndBytes }) => sum + cwndBytes, 0);
  }

  #newStream(priority: number, whole: ReturnType<typeof irohSend> | undefined): OutgoingStream {
    const id = this.#nextStream;
    this.#nextStream += 1;
    return new OutgoingStream(id, priority, whole, {
      scheduler: this.#scheduler,
      isStriping: () => this.#isStriping,
      onWrite: () => {
        this.#wroteSinceSample = true;
      },
      sendReset: (stream, code) => this.#control.send({ kind: 'reset', stream, code }),
      onCut: (stream) => this.#cut.set(stream.id, stream),
      onEnd: (stream) => this.#cut.delete(stream.id),
    });
  }

  #wrap(stream: OutgoingStream, sendOrder: number | undefined): NativeSendStream {
    const wrapped = new NativeSendStream(stream, toError, sendOrder, (ended) => this.#sending.delete(ended));
    if (this.#ended) wrapped.fail(new SessionError('the connection ended'));
    else this.#sending.add(wrapped);
    return wrapped;
  }

  async #onFirstStream(received: ReceivedStream): Promise<void> {
    const { header, first, stream } = received;
    switch (header.kind) {
      case 'whole':
        return this.#incoming.addWhole(header.stream, stream, first);
      case 'record':
        return this.#onRecord(received);
      case 'control':
        return this.#readControl(received);
    }
  }

  async #onRecord(received: ReceivedStream): Promise<void> {
    const { header } = received;
    if (header.kind !== 'record') throw new BundleViolation('an additional connection carries only records');
    await readRecord(received, (bytes) => {
      if (this.#ended) return;
      this.#incoming.addRecord(header, bytes);
      this.#control.acknowledge(header.sequence);
    });
  }

  async #readControl({ first, stream }: ReceivedStream): Promise<void> {
    if (this.#hasControl) throw new BundleViolation('two control streams');
    this.#hasControl = true;
    const decoder = new ControlDecoder();
    for (let chunk: Uint8Array | undefined = first; chunk; chunk = await stream.read(CONTROL_READ_BYTES)) {
      for (const message of decoder.add(chunk)) this.#onMessage(message);
    }
    throw new BundleViolation('the control stream ended');
  }

  #onMessage(message: ControlMessage): void {
    switch (message.kind) {
      case 'ack':
        for (const sequence of message.sequences) this.#scheduler.acknowledge(sequence);
        return;
      case 'reset':
        this.#incoming.reset(message.stream, message.code);
        return;
      case 'read':
        this.#cut.get(message.stream)?.onRead(message.position);
        return;
      case 'stop':
        this.#cut.get(message.stream)?.onStopped(message.code);
        return;
      case 'want':
        this.#negotiation.onPeerWants(message.connections);
        return;
      case 'secret':
        this.#negotiation.onSecret(message.secret);
        return;
    }
  }

  #onAdded(added: BundleConnection): void {
    log.debug(`bundle: ${this.connectionCount} connections to ${this.remoteId.slice(0, 10)}`);
    added.connection.setMaxConcurrentBiStreams(0n);
    // Nobody reads such a stream, so a peer could fill its buffers. The promise rejects when the connection ends.
    added.connection.acceptBi().then(
      () => this.#onViolation(new BundleViolation('a bidirectional stream on an additional connection')),
      () => undefined,
    );
    void acceptStreams(
      added.connection,
      (received) => this.#onRecord(received),
      (violation) => this.#onViolation(violation),
    );
    this.#scheduler.drain();
  }

  #onBroken(carrier: BundleConnection, error: unknown): void {
    log.debug(`bundle: a connection accepts no record: ${messageOf(error).split('\n')[0]}`);
    if (carrier !== this.#first) this.#additional.closeOne(carrier);
    // Otherwise, the session has ended, which its `closed` promise reports.
    else if (toError(error) instanceof StreamError)
      this.#onViolation(new BundleViolation('a record was stopped'));
  }

  #onViolation(violation: BundleViolation): void {
    if (this.#ended) return;
    log.info(`bundle: closed the session with ${this.remoteId.slice(0, 10)}: ${violation.message}`);
    this.close({ closeCode: CLOSE_VIOLATION, reason: 'protocol violation' });
  }

  #sample(): void {
    const isIdle = !this.#wroteSinceSample && this.#negotiation.wanted === 1;
    this.#wroteSinceSample = false;
    if (!this.#ended && !isIdle) this.#negotiation.sample(this.#senders);
  }

  #end(): void {
    this.#ended = true;
    clearInterval(this.#timer);
    const error = new SessionError('the connection ended');
    this.#dialer?.close();
    this.#control.close();
    this.#additional.close();
    for (const stream of [...this.#cut.values()]) stream.abandon(error);
    this.#scheduler.close();
    for (const stream of this.#sending) stream.fail(error);
    this.#sending.clear();
    this.#incoming.close(error);
  }
}

/**
 * Maximum number of streams that are cut from their start at a time. Further streams begin with a QUIC stream, for
 * which the peer's limit applies.
 */
const MAX_CUT_STREAMS = 256;
const CONTROL_READ_BYTES = 1_024;

function toError(error: unknown): Error {
  return error instanceof StreamError || error instanceof SessionError ? error : mapIrohError(error);
}
