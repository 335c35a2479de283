import { type Broadcast, Path } from 'moq-net';
import { beforeEach, describe, expect, it } from 'vitest';
import { withMembers } from '../../../../main/base/with-members.ts';
import { EarlySubscriptions } from '../../../../main/moq/early-subscriptions.ts';
import { encodeGroupHeader } from '../../../../main/moq/subscription-wire.ts';
import { viewerGrants } from '../../../../main/origin/grants.ts';
import { Origin } from '../../../../main/origin/origin.ts';
import { Session, type Transport } from '../../../../main/origin/session.ts';
import { closeAfterEach } from '../../../support/own.ts';
import { NumberedBroadcast, readNumbers, transportPair } from '../../../support/sessions.ts';
import { sleep, waitFor } from '../../../support/wait.ts';

const own = closeAfterEach();
const HELLO = Path.from('hello');
const SUBSCRIBE = 2;
const TRACK = 6;

/** The types of the bidirectional streams that the reader has opened, in order. */
let types: number[];
let numbers: NumberedBroadcast;
let origin: Origin;
/** Lets the publisher's replies pass. */
let answer: () => void;
let session: Session;
let broadcast: Broadcast.Consumer;

beforeEach(async () => {
  types = [];
  origin = new Origin();
  numbers = own(new NumberedBroadcast());
  origin.publish(Path.from('live/hello'), numbers.producer.consume(), { by: numbers, hasTrackInfo: true });
  const [client, server] = transportPair();
  own(await Session.accept(server, { origin, grants: viewerGrants('live'), label: 'publisher' }));
  const { promise: answered, resolve } = Promise.withResolvers<void>();
  answer = resolve;
  const grants = { read: [], publish: [], pull: false };
  session = own(
    await Session.connect(observed(client, answered), { origin: new Origin(), grants, label: 'reader' }),
  );
  broadcast = own(session.established.consume(HELLO));
});

/** Records the types of outgoing streams, and holds back all replies on them until `answered` resolves. */
function observed(transport: Transport, answered: Promise<void>): Transport {
  return withMembers(transport, {
    createBidirectionalStream: async (options?: WebTransportSendStreamOptions) => {
      const { readable, writable } = await transport.createBidirectionalStream(options);
      let first = true;
      const record = new TransformStream<Uint8Array, Uint8Array>({
        transform: (chunk, controller) => {
          if (first) types.push(chunk[0] ?? -1);
          first = false;
          controller.enqueue(chunk);
        },
      });
      const wait = new TransformStream<Uint8Array, Uint8Array>({
        transform: async (chunk, controller) => {
          await answered;
          controller.enqueue(chunk);
        },
      });
      void record.readable.pipeTo(writable).catch(() => undefined);
      return { writable: record.writable, readable: readable.pipeThrough(wait) };
    },
  });
}

const sent = (type: number) => types.filter((each) => each === type).length;

describe('a subscription to a peer’s track', () => {
  it('is sent together with the request for the track’s properties, and only once', async () => {
    const reading = readNumbers(broadcast.subscribe('video'), 5);
    await waitFor('both requests', () => sent(TRACK) === 1 && sent(SUBSCRIBE) === 1);
    // Groups arrive before the answer and wait for it.
    await sleep(50);
    answer();
    const read = await reading;
    expect(read).toEqual(Array.from({ length: 5 }, (_, i) => (read[0] ?? 0) + i));
    expect(sent(SUBSCRIBE)).toBe(1);
    expect(numbers.requests).toBe(1);
  });

  it('gets the reader’s priority', async () => {
    answer();
    const track = broadcast.subscribe('video', { priority: 77 });
    await readNumbers(track, 3);
    await waitFor('the priority', () => numbers.tracks[0]?.subscription.peek()?.priority === 77);
  });

  it('ends when its reader leaves', async () => {
    answer();
    const track = broadcast.subscribe('video');
    await readNumbers(track, 3);
    track.close();
    await waitFor('unsubscribed', () => numbers.tracks[0]?.used.peek() === false);
    expect(await readNumbers(broadcast.subscribe('video'), 3)).toHaveLength(3);
    expect(sent(SUBSCRIBE)).toBe(2);
  });

  it('fails if the peer refuses the track, without effect on later ones', async () => {
    answer();
    const absent = own(session.established.consume(Path.from('absent')));
    await expect(absent.subscribe('video').recvGroup()).rejects.toThrow();
    expect(await readNumbers(broadcast.subscribe('video'), 3)).toHaveLength(3);
  });

  it('works once the peer has the broadcast, although an earlier request was refused', async () => {
    answer();
    const later = own(session.established.consume(Path.from('later')));
    await expect(later.subscribe('video').recvGroup()).rejects.toThrow();
    const second = own(new NumberedBroadcast());
    origin.publish(Path.from('live/later'), second.producer.consume(), { by: second, hasTrackInfo: true });
    const before = sent(SUBSCRIBE);
    expect(await readNumbers(later.subscribe('video'), 3)).toHaveLength(3);
    expect(sent(SUBSCRIBE)).toBe(before + 1);
  });

  it('ends with the session if nobody has subscribed', async () => {
    answer();
    await broadcast.track('video').info();
    await waitFor('the early subscription', () => numbers.tracks[0]?.used.peek() === true);
    await session.close();
    await waitFor('unsubscribed', () => numbers.tracks[0]?.used.peek() === false);
  });
});

it('cancels groups with an unknown early id, and passes on all others', async () => {
  const early = new EarlySubscriptions(async () => {
    throw new Error('not used');
  }, new AbortController().signal);
  const id = Uint8Array.of(0xc0, 0, 1, 0, 0, 0, 0, 5);
  const unknown = early.translate(async () => encodeGroupHeader(id, 3));
  await expect(unknown()).rejects.toThrow('has ended');
  const header = encodeGroupHeader(Uint8Array.of(5), 3);
  const pieces = [header, Uint8Array.of(1), undefined];
  const known = early.translate(async () => pieces.shift());
  expect([await known(), await known(), await known()]).toEqual([header, Uint8Array.of(1), undefined]);
});
