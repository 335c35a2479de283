import { describe, expect, it } from 'vitest';
import { concatBytes } from '../../../../common/moq/bytes.ts';
import { guardTransport } from '../../../../main/moq/guarded-transport.ts';
import { SessionVersion } from '../../../../main/moq/lite-version.ts';
import { OpenGroups } from '../../../../main/moq/open-group-limit.ts';
import type { BidiStream } from '../../../../main/moq/request-interceptor.ts';
import { StreamType } from '../../../../main/moq/stream-shapes.ts';
import { WaitingBytes } from '../../../../main/moq/waiting-bytes.ts';
import { encode, message } from '../../../support/hostile.ts';
import { closeAfterEach } from '../../../support/own.ts';
import { transportPair } from '../../../support/sessions.ts';

/** Tests streams that this side opens over real QMux. The tests write to the streams in place of the library. */
const own = closeAfterEach();
const MIB = 1024 * 1024;

/** Opens one guarded stream. Nothing reaches the peer before the first write, so `peer` accepts the stream later. */
async function openGuarded() {
  const [inner, remote] = transportPair();
  own({ close: () => inner.close() }, { close: () => remote.close() });
  await Promise.all([inner.ready, remote.ready]);
  const overflows: string[] = [];
  const openGroups = new OpenGroups();
  const guarded = guardTransport(inner, {
    version: new SessionVersion('moq-lite-05'),
    listener: () => undefined,
    waiting: own(
      Object.assign(new WaitingBytes(() => overflows.push('waiting')), { close: () => undefined }),
    ),
    openGroups,
    openUnidirectional: (options) => inner.createUnidirectionalStream(options),
  });
  const stream: BidiStream = await guarded.createBidirectionalStream();
  const writer = stream.writable.getWriter();
  writer.closed.catch(() => undefined);
  const peer = async (): Promise<BidiStream> =>
    (await remote.incomingBidirectionalStreams.getReader().read()).value ?? expect.unreachable();
  return { reader: stream.readable.getReader(), writer, peer, openGroups, overflows };
}

/**
 * Opens a stream of this type and lets the peer send the response. The returned reader reads the checked
 * response.
 */
async function answerTo(type: number, answer: Uint8Array) {
  const opened = await openGuarded();
  await opened.writer.write(concatBytes(encode(type), message('x')));
  const answering = (await opened.peer()).writable.getWriter();
  answering.closed.catch(() => undefined);
  const sent = answering.write(answer).catch(() => undefined);
  return { ...opened, answering, sent };
}

describe('the type of a stream that this side opens', () => {
  it('is read from the first write that has bytes, and from no later write', async () => {
    const { reader, writer, peer } = await openGuarded();
    const request = concatBytes(encode(StreamType.subscribe), message(1, 'hello', 'video'));
    // As the start of a varint, this byte would announce seven more bytes.
    const update = Uint8Array.of(255);
    await writer.write(new Uint8Array());
    await writer.write(request);
    await writer.write(update);
    const accepted = await peer();
    const incoming = accepted.readable.getReader();
    let received: Uint8Array = new Uint8Array();
    while (received.byteLength < request.byteLength + update.byteLength) {
      received = concatBytes(received, (await incoming.read()).value ?? expect.unreachable());
    }
    expect(received).toEqual(concatBytes(request, update));
    const answers = [concatBytes(encode(0), message(1)), concatBytes(encode(1), message(9))];
    const answering = accepted.writable.getWriter();
    await answering.write(concatBytes(...answers));
    expect((await reader.read()).value).toEqual(answers[0]);
    expect((await reader.read()).value).toEqual(answers[1]);
  });

  it('is unknown if the stream is closed or aborted before the first write', async () => {
    const closed = await openGuarded();
    void closed.writer.close();
    await expect(closed.reader.read()).rejects.toThrow('never used');
    const aborted = await openGuarded();
    void aborted.writer.abort(new Error('changed my mind')).catch(() => undefined);
    await expect(aborted.reader.read()).rejects.toThrow('never used');
  });

  it('is refused if the structure of its responses is unknown', async () => {
    const { reader } = await answerTo(9, message(1));
    await expect(reader.read()).rejects.toThrow('unknown stream type: 9');
  });
});

describe('the answers of the peer', () => {
  it.each(['announce', 'subscribe', 'probe', 'track'] as const)(
    'to %s are refused above 64 kB',
    async (kind) => {
      const type = StreamType[kind];
      const answer = concatBytes(...(kind === 'subscribe' ? [encode(0)] : []), encode(64 * 1024 + 1));
      const { reader, answering } = await answerTo(type, answer);
      await expect(reader.read()).rejects.toThrow('exceed the limit of 65536');
      await expect(answering.closed).rejects.toThrow();
    },
  );

  it('to FETCH may be frames of up to 8 MiB, which are counted like those of a group', async () => {
    const payload = new Uint8Array(MIB);
    const frame = concatBytes(encode(0), encode(payload.byteLength), payload);
    const { reader, sent, openGroups, overflows } = await answerTo(StreamType.fetch, frame);
    expect((await reader.read()).value?.byteLength).toBe(frame.byteLength);
    await sent;
    expect(openGroups.bytes).toBe(frame.byteLength);
    expect(overflows).toEqual([]);
    const long = await answerTo(StreamType.fetch, concatBytes(encode(0), encode(8 * MIB + 1)));
    await expect(long.reader.read()).rejects.toThrow('exceed the limit of 8388608');
  });
});
