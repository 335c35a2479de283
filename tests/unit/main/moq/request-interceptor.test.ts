import { Varint } from 'moq-net';
import { describe, expect, it } from 'vitest';
import { SessionVersion } from '../../../../main/moq/lite-version.ts';
import {
  interceptRequests,
  type PathRequest,
  type RequestListener,
} from '../../../../main/moq/request-interceptor.ts';

/** The types of moq-lite's control streams. */
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
  // The interceptor does not read the fields after the path, so their values do not matter.
  return message(TYPES[kind], bytes(...id, ...text(path), ...text('catalog.json'), 0, 0));
}

/** Creates a control stream of these chunks. It then stays open, or ends if `ends` is set. */
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

function intercept(streams: readonly ReturnType<typeof control>[], listener?: RequestListener) {
  const requests: PathRequest[] = [];
  const incoming = new ReadableStream({
    start(controller) {
      for (const { stream } of streams) controller.enqueue(stream);
    },
  });
  const reader = interceptRequests(incoming, {
    version: new SessionVersion('moq-lite-05'),
    listener: listener ?? ((request) => void requests.push(request)),
  }).getReader();
  const next = async () => (await reader.read()).value ?? expect.unreachable();
  return { requests, next, reader };
}

/** Reads the first `count` bytes that reach the library. */
async function read(stream: { readable: ReadableStream<Uint8Array> }, count: number): Promise<Uint8Array> {
  const reader = stream.readable.getReader();
  let received: Uint8Array = new Uint8Array();
  while (received.byteLength < count) {
    const { value, done } = await reader.read();
    if (done) break;
    received = bytes(received, value);
  }
  reader.releaseLock();
  return received;
}

describe('a request', () => {
  it.each(['announce', 'subscribe', 'fetch', 'track'] as const)(
    'of kind %s is reported and passed on unchanged',
    async (kind) => {
      const whole = requestFor(kind, 'live/hello');
      const { requests, next } = intercept([control([whole])]);
      expect(await read(await next(), whole.byteLength)).toEqual(whole);
      expect(requests).toMatchObject([{ kind, path: 'live/hello' }]);
      expect(requests[0]?.signal.aborted).toBe(false);
    },
  );

  it.each(['announce', 'subscribe', 'fetch', 'track'] as const)(
    'of kind %s is reported when it arrives byte by byte',
    async (kind) => {
      const whole = requestFor(kind, `${'ü'.repeat(100)}/hello`);
      const { requests, next } = intercept([control([...whole].map((byte) => bytes(byte)))]);
      expect(await read(await next(), whole.byteLength)).toEqual(whole);
      expect(requests).toMatchObject([{ kind, path: `${'ü'.repeat(100)}/hello` }]);
    },
  );

  it('waits for its listener without delaying other requests', async () => {
    let open: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const [slow, quick] = [requestFor('subscribe', 'slow'), requestFor('subscribe', 'quick')];
    const { next } = intercept([control([slow]), control([quick])], ({ path }) =>
      path === 'slow' ? gate : undefined,
    );
    expect(await read(await next(), quick.byteLength)).toEqual(quick);
    open();
    expect(await read(await next(), slow.byteLength)).toEqual(slow);
  });

  it('ends when its stream ends', async () => {
    const requested = control([requestFor('announce', 'x')]);
    const { requests, next } = intercept([requested]);
    const passed = await next();
    requested.state.end();
    await read(passed, Number.POSITIVE_INFINITY);
    await expect.poll(() => requests[0]?.signal.aborted).toBe(true);
  });
});

describe('a malformed request', () => {
  it.each([
    ['on another type of stream', message(9, bytes(...text('x')))],
    ['on a GOAWAY stream', message(5, bytes(...text('https://elsewhere')))],
    ['on a second setup stream', bytes(0x20, 0, 1, 0)],
    ['with a path that is not UTF-8', message(TYPES.track, bytes(2, 0xff, 0xfe))],
    ['with a path longer than its message', message(TYPES.track, bytes(Varint.encode(200), 1, 2, 3))],
    ['with a path of 4 kB', requestFor('track', 'x'.repeat(4_096))],
    ['with a track name of 2 kB', message(TYPES.track, bytes(...text('x'), ...text('y'.repeat(2_048))))],
    ['without fields', message(TYPES.subscribe, bytes())],
  ])('%s is refused', async (_what, whole) => {
    const requested = control([whole], true);
    const { requests } = intercept([requested]);
    await expect.poll(() => requested.state.aborted).toBeInstanceOf(Error);
    expect(requests).toEqual([]);
  });

  it('is refused if data follows a request that has no more messages', async () => {
    const whole = requestFor('announce', 'x');
    const requested = control([whole, bytes(1)]);
    const { next } = intercept([requested]);
    const stream = await next();
    await expect(read(stream, whole.byteLength + 1)).rejects.toThrow('data after its request');
    expect(requested.state.cancelled).toMatchObject({ streamErrorCode: 400 });
  });

  it('is refused if it ends early', async () => {
    const requested = control([requestFor('subscribe', 'live/hello').subarray(0, 6)], true);
    const { requests } = intercept([requested]);
    await expect.poll(() => requested.state.aborted).toMatchObject({ message: 'the stream ended early' });
    expect(requests).toEqual([]);
  });

  it('is refused before it is complete if it is too large', async () => {
    const huge = message(TYPES.fetch, bytes(Varint.encode(1 << 20), new Uint8Array(20_000)));
    // The length field declares one megabyte.
    const claimed = bytes(huge.subarray(0, 1), Varint.encode(1 << 20), huge.subarray(4));
    const requested = control([claimed]);
    const { requests } = intercept([requested]);
    await expect
      .poll(() => requested.state.cancelled)
      .toMatchObject({ message: expect.stringContaining('exceed the limit') });
    expect(requested.state.aborted).toMatchObject({ message: expect.stringContaining('exceed the limit') });
    expect(requests).toEqual([]);
  });
});

describe('a listener that rejects', () => {
  it('refuses only that request', async () => {
    const [bad, good] = [control([requestFor('track', 'bad')]), control([requestFor('track', 'good')])];
    const { next } = intercept([bad, good], async ({ path }) => {
      if (path === 'bad') throw new Error('no');
    });
    const whole = requestFor('track', 'good');
    expect(await read(await next(), whole.byteLength)).toEqual(whole);
    await expect.poll(() => bad.state.aborted).toMatchObject({ message: 'no' });
  });
});
