import { Varint } from 'moq-net';
import { withMembers } from '../base/with-members.ts';
import { acceptAll } from './accept-all.ts';
import { EarlySubscriptions } from './early-subscriptions.ts';
import type { SessionVersion } from './lite-version.ts';
import type { OpenGroups } from './open-group-limit.ts';
import { type BidiStream, type InterceptOptions, interceptRequests } from './request-interceptor.ts';
import { StreamInput, StreamViolation } from './stream-input.ts';
import { type Pieces, reply, StreamType, streamOf, unidirectional } from './stream-shapes.ts';
import type { WaitingBytes } from './waiting-bytes.ts';

/**
 * Checks every stream of a session before moq-net reads it, in both directions and on every transport.
 * moq-net's `Reader` copies its whole buffer for each chunk and accepts messages of up to 64 MiB. A peer
 * could keep the CPU busy for minutes with a long message in small chunks, or exhaust the memory with many
 * streams. This class reads in linear time, checks the size and structure of each message, and passes only
 * whole messages and frames to moq-net.
 */
export interface GuardOptions extends Omit<InterceptOptions, 'meter'> {
  version: SessionVersion;
  /** Counts the bytes of waiting control messages. */
  waiting: WaitingBytes;
  /** Counts the bytes of groups that have not ended. */
  openGroups: OpenGroups;
  /**
   * If given, SUBSCRIBE is sent together with TRACK until the signal is aborted (see `EarlySubscriptions`). Only
   * for moq-lite 05.
   */
  earlyUntil?: AbortSignal;
  /** Opens a unidirectional stream for moq-net. */
  openUnidirectional: (options?: WebTransportSendStreamOptions) => Promise<WritableStream<Uint8Array>>;
}

/** Returns a transport for moq-net whose streams are checked. Takes over the incoming streams of `inner`. */
export function guardTransport(inner: WebTransport, options: GuardOptions): WebTransport {
  const bidirectional = interceptRequests(inner.incomingBidirectionalStreams, {
    ...options,
    meter: options.waiting,
  });
  const open = async (sendOptions?: WebTransportSendStreamOptions) =>
    guardReplies(await inner.createBidirectionalStream(sendOptions), options);
  const early = options.earlyUntil && new EarlySubscriptions(open, options.earlyUntil);
  const unidirectionalStreams = guardUnidirectional(inner.incomingUnidirectionalStreams, options, early);
  return withMembers(inner, {
    incomingBidirectionalStreams: bidirectional,
    incomingUnidirectionalStreams: unidirectionalStreams,
    createUnidirectionalStream: options.openUnidirectional,
    createBidirectionalStream: async (sendOptions) => early?.open(sendOptions) ?? open(sendOptions),
  });
}

/** Accepts streams as they arrive, so that unrequested streams are stopped even before the handshake. */
function guardUnidirectional(
  incoming: ReadableStream<ReadableStream<Uint8Array>>,
  { version, openGroups }: GuardOptions,
  early: EarlySubscriptions | undefined,
): ReadableStream<ReadableStream<Uint8Array>> {
  return acceptAll(incoming, async (stream) => {
    const input = new StreamInput(openGroups.count(stream));
    const pieces = unidirectional(input, version);
    return streamOf(input, early?.translate(pieces) ?? pieces, 1);
  });
}

/**
 * Checks the peer's replies on a stream that moq-net opened. Their structure depends on the type of the stream, which is the
 * first thing that moq-net writes.
 */
function guardReplies(stream: BidiStream, options: GuardOptions): BidiStream {
  const { promise: type, resolve, reject } = Promise.withResolvers<number>();
  // Nothing awaits `type` if moq-net cancels the stream without reading it, so a rejection is handled here.
  type.catch(() => undefined);
  let input: StreamInput | undefined;
  let cancelled: { reason: unknown } | undefined;
  const start = async (): Promise<Pieces> => {
    const number = await type;
    // moq-net keeps a fetched group in memory just as it keeps a subscribed group, so the same limit applies to
    // both.
    const isFetch = number === StreamType.fetch;
    input = isFetch
      ? new StreamInput(options.openGroups.count(stream.readable))
      : new StreamInput(stream.readable, options.waiting);
    if (cancelled) input.cancel(cancelled.reason);
    return reply(number, input, options.version);
  };
  let pieces: Pieces | undefined;
  const replies = async () => {
    pieces ??= await start();
    return pieces();
  };
  const cancel = (reason: unknown) => {
    cancelled ??= { reason };
    if (input) input.cancel(reason);
    else if (!stream.readable.locked) stream.readable.cancel(reason).catch(() => undefined);
  };
  return {
    readable: streamOf({ cancel }, replies, 1),
    writable: watchFirstWrite(stream.writable, resolve, () => reject(new StreamViolation('never used'))),
  };
}

/** Wraps a stream. Calls `onType` with the stream type that the first write contains, or `onEnd` if there is none. */
function watchFirstWrite(
  inner: WritableStream<Uint8Array>,
  onType: (type: number) => void,
  onEnd: () => void,
): WritableStream<Uint8Array> {
  const writer = inner.getWriter();
  let first = true;
  return new WritableStream<Uint8Array>({
    start: (controller) => {
      writer.closed.catch((error: unknown) => {
        onEnd();
        controller.error(error);
      });
    },
    write: (chunk) => {
      // Later writes do not begin with a type: an update's first byte is a priority, which may look like a long varint.
      if (first && chunk.byteLength > 0) {
        first = false;
        onType(Varint.decode(chunk)[0]);
      }
      return writer.write(chunk);
    },
    close: () => {
      onEnd();
      return writer.close();
    },
    abort: (reason) => {
      onEnd();
      return writer.abort(reason);
    },
  });
}
