import { Varint } from 'moq-net';
import { describe, expect, it } from 'vitest';
import { type PathRequest, type RequestListener, tapRequests } from '../../../../main/moq/requests.ts';

/** The numbers of moq-lite's control streams. */
const TYPES = { announce: 1, subscribe: 2, fetch: 3, track: 6 } as const;

const text = (value: string) => [
  Varint.encode(new TextEncoder().encode(value).byteLength),
  new TextEncoder().encode(value),
];

function bytes(...parts: readonly (Uint8Array | number)[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => (typeof part === 'number' ? [part] : [...part])));
}

function message(type: number, body: Uint8Array): Uint8Array {
  return bytes(type, Varint.encode(body.byteLength), body);
}

function requestFor(kind: keyof typeof TYPES, path: string): Uint8Array {
  const id = kind === 'subscribe' ? [Varint.encode(70_000)] : [];
  // What follows the path is the library's to read.
  return message(TYPES[kind], bytes(...id, ...text(path), ...text('catalog.json'), 0, 0));
}

/** A control stream that gives these chunks, and then stays open unless it `ends`. */
function control(chunks: readonly Uint8Array[], ends = false) {
  const state: { cancelled: unknown; aborted: unknown; end: () => void } = {
    cancelled: undefined,
    aborted: undefined,
    end: () => undefined,
  };
  const readable = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk);
      state.end = () => controller.close();
      if (ends) controller.close();
    },
    cancel(reason) {
      state.cancelled = reason;
    },
  });
  const writable = new WritableStream<Uint8Array>({
    abort(reason) {
      state.aborted = reason;
    },
  });
  return { state, stream: { readable, writable } };
}

function tap(streams: readonly ReturnType<typeof control>[], listener?: RequestListener) {
  const heard: PathRequest[] = [];
  const incoming = new ReadableStream({
    start(controller) {
      for (const { stream } of streams) controller.enqueue(stream);
    },
  });
  const reader = tapRequests(incoming, listener ?? ((request) => void heard.push(request))).getReader();
  const next = async () => (await reader.read()).value ?? expect.unreachable();
  return { heard, next, reader };
}

/** The first `count` bytes that the library gets to read. */
async function read(stream: { readable: ReadableStream<Uint8Array> }, count: number): Promise<Uint8Array> {
  const reader = stream.readable.getReader();
  let got: Uint8Array = new Uint8Array();
  while (got.byteLength < count) {
    const { value, done } = await reader.read();
    if (done) break;
    got = bytes(got, value);
  }
  reader.releaseLock();
  return got;
}

describe('what a session asks for', () => {
  it.each(['announce', 'subscribe', 'fetch', 'track'] as const)(
    '%s is heard, and passed on as it was',
    async (kind) => {
      const whole = requestFor(kind, 'live/hello');
      const { heard, next } = tap([control([whole])]);
      expect(await read(await next(), whole.byteLength)).toEqual(whole);
      expect(heard).toMatchObject([{ kind, path: 'live/hello' }]);
      expect(heard[0]?.ended.aborted).toBe(false);
    },
  );

  it.each(['announce', 'subscribe', 'fetch', 'track'] as const)(
    '%s is heard in single bytes',
    async (kind) => {
      const whole = requestFor(kind, `${'ü'.repeat(100)}/hello`);
      const { heard, next } = tap([control([...whole].map((byte) => bytes(byte)))]);
      expect(await read(await next(), whole.byteLength)).toEqual(whole);
      expect(heard).toMatchObject([{ kind, path: `${'ü'.repeat(100)}/hello` }]);
    },
  );

  it('is answered only when the listener is done, and holds up nobody else', async () => {
    let go: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => {
      go = resolve;
    });
    const [slow, quick] = [requestFor('subscribe', 'slow'), requestFor('subscribe', 'quick')];
    const { next } = tap([control([slow]), control([quick])], ({ path }) =>
      path === 'slow' ? gate : undefined,
    );
    expect(await read(await next(), quick.byteLength)).toEqual(quick);
    go();
    expect(await read(await next(), slow.byteLength)).toEqual(slow);
  });

  it('ends with its stream', async () => {
    const asked = control([requestFor('announce', 'x')]);
    const { heard, next } = tap([asked]);
    const passed = await next();
    asked.state.end();
    await read(passed, Number.POSITIVE_INFINITY);
    await expect.poll(() => heard[0]?.ended.aborted).toBe(true);
  });
});

describe('what is not understood', () => {
  it.each([
    ['another type of stream', message(9, bytes(...text('x')))],
    ['a path that is no UTF-8', message(TYPES.track, bytes(2, 0xff, 0xfe))],
  ])('%s is left to the library', async (_what, whole) => {
    const { heard, next } = tap([control([whole])]);
    expect(await read(await next(), whole.byteLength)).toEqual(whole);
    expect(heard).toEqual([]);
  });

  it.each([
    ['a path longer than its message', message(TYPES.track, bytes(Varint.encode(200), 1, 2, 3))],
    ['an empty message', message(TYPES.subscribe, bytes())],
  ])('%s is refused', async (_what, whole) => {
    const asked = control([whole], true);
    const { heard } = tap([asked]);
    await expect.poll(() => asked.state.aborted).toBeInstanceOf(Error);
    expect(heard).toEqual([]);
  });

  it('a request that ends early is refused', async () => {
    const asked = control([requestFor('subscribe', 'live/hello').subarray(0, 6)], true);
    const { heard } = tap([asked]);
    await expect.poll(() => asked.state.aborted).toMatchObject({ message: 'request ended early' });
    expect(heard).toEqual([]);
  });

  it('a request that is too large is refused before it is whole', async () => {
    const huge = message(TYPES.fetch, bytes(Varint.encode(1 << 20), new Uint8Array(20_000)));
    // It claims a megabyte and goes on sending.
    const claimed = bytes(huge.subarray(0, 1), Varint.encode(1 << 20), huge.subarray(4));
    const asked = control([claimed]);
    const { heard } = tap([asked]);
    await expect.poll(() => asked.state.cancelled).toMatchObject({ message: 'request too large' });
    expect(asked.state.aborted).toMatchObject({ message: 'request too large' });
    expect(heard).toEqual([]);
  });

  it('a listener that fails refuses the one stream only', async () => {
    const [bad, good] = [control([requestFor('track', 'bad')]), control([requestFor('track', 'good')])];
    const { next } = tap([bad, good], async ({ path }) => {
      if (path === 'bad') throw new Error('no');
    });
    const whole = requestFor('track', 'good');
    expect(await read(await next(), whole.byteLength)).toEqual(whole);
    await expect.poll(() => bad.state.aborted).toMatchObject({ message: 'no' });
  });
});
