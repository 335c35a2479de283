import { describe, expect, it } from 'vitest';
import { SessionVersion } from '../../../../main/moq/lite-version.ts';
import { type ByteMeter, StreamInput } from '../../../../main/moq/stream-input.ts';
import {
  clientSetup,
  type Pieces,
  reply,
  StreamType,
  streamOf,
  unidirectional,
} from '../../../../main/moq/stream-shapes.ts';
import { encode, message } from '../../../support/hostile.ts';

const join = (...parts: readonly Uint8Array[]) => new Uint8Array(Buffer.concat(parts));
const V5 = new SessionVersion('moq-lite-05');

/** Counts the bytes that are waiting to be read. */
class Meter implements ByteMeter {
  bytes = 0;
  most = 0;
  add(bytes: number): void {
    this.bytes += bytes;
    this.most = Math.max(this.most, this.bytes);
  }
}

function inputOf(bytes: Uint8Array, chunkBytes: number, meter?: ByteMeter) {
  const state: { cancelled: unknown } = { cancelled: undefined };
  let offset = 0;
  const readable = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (offset >= bytes.byteLength) controller.close();
      else controller.enqueue(bytes.slice(offset, offset + chunkBytes));
      offset += chunkBytes;
    },
    cancel(reason) {
      state.cancelled = reason;
    },
  });
  return { input: new StreamInput(readable, meter), state };
}

async function piecesOf(next: Pieces): Promise<Uint8Array[]> {
  const found: Uint8Array[] = [];
  for (let piece = await next(); piece; piece = await next()) found.push(piece);
  return found;
}

describe.each([1, 7, 1_000_000])('in chunks of %i bytes', (chunkBytes) => {
  it('a group is passed on as its header and whole frames', async () => {
    const head = join(encode(0), message(3, 4));
    const frames = [10, 0, 70_000].map((size) => join(encode(1), encode(size), new Uint8Array(size).fill(7)));
    const { input } = inputOf(join(head, ...frames), chunkBytes);
    expect(await piecesOf(unidirectional(input, V5))).toEqual([head, ...frames]);
  });

  it('the answers to a subscription are passed on as whole messages', async () => {
    const answers = [join(encode(0), message(1)), join(encode(1), message(9))];
    const { input } = inputOf(join(...answers), chunkBytes);
    expect(await piecesOf(reply(StreamType.subscribe, input, V5))).toEqual(answers);
  });
});

describe('a stream fails', () => {
  it.each([
    ['with a frame above 8 MiB', join(encode(0), message(0, 0), encode(0), encode(8 * 1024 * 1024 + 1))],
    ['with a group header above 64 kB', join(encode(0), encode(70_000))],
    ['of an unknown type', join(encode(9), message(1))],
    ['with data after its setup', join(encode(1), message(0), Uint8Array.of(1))],
    ['that ends inside a frame', join(encode(0), message(0, 0), encode(0), encode(9), Uint8Array.of(1))],
  ])('%s, and the sender is told', async (_what, bytes) => {
    const { input, state } = inputOf(bytes, 4);
    const reader = streamOf(input, unidirectional(input, V5), 1).getReader();
    const readAll = async () => {
      while (!(await reader.read()).done);
    };
    await expect(readAll()).rejects.toMatchObject({ streamErrorCode: 400 });
    // A stream that has ended cannot be canceled.
    if (state.cancelled !== undefined) expect(state.cancelled).toMatchObject({ streamErrorCode: 400 });
  });

  it('if it is a group before the handshake', async () => {
    const { input } = inputOf(join(encode(0), message(0, 0)), 4);
    await expect(piecesOf(unidirectional(input, new SessionVersion('moql')))).rejects.toThrow('handshake');
  });
});

describe('the setup of a client', () => {
  const setup = (...versions: number[]) => {
    const body = join(encode(versions.length), ...versions.map(encode), encode(0));
    return join(Uint8Array.of(0, body.byteLength), body);
  };

  it('loses the versions that sessions do not use', async () => {
    const version = new SessionVersion('');
    const { input } = inputOf(setup(0xff00000e, 0xff0dad02, 0xff0dad06, 0xff0dad01), 1);
    expect(await clientSetup(input, version)).toEqual(setup(0xff0dad02, 0xff0dad01));
    expect(version.current).toBe(2);
  });

  it('is refused if none remains', async () => {
    const { input } = inputOf(setup(0xff00000e), 1);
    await expect(clientSetup(input, new SessionVersion(''))).rejects.toThrow('common version');
  });
});

describe('waiting bytes', () => {
  it('are counted until the next read, and freed by a cancellation', async () => {
    const meter = new Meter();
    const { input } = inputOf(join(message(new Uint8Array(100)), message(new Uint8Array(50))), 1, meter);
    expect((await input.message())?.rest().byteLength).toBe(100);
    expect(meter.bytes).toBeGreaterThanOrEqual(102);
    await input.message();
    expect(meter.bytes).toBeLessThan(60);
    input.cancel(undefined);
    expect(meter.bytes).toBe(0);
  });
});
