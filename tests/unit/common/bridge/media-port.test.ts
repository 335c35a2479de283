import { once } from 'node:events';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { afterEach, describe, expect, test } from 'vitest';
import type { MediaSocket } from '../../../../common/bridge/bridge.ts';
import {
  MAX_BUFFERED_BYTES,
  MAX_MESSAGE_BYTES,
  type MediaPort,
  messagePortSocket,
} from '../../../../common/bridge/media-port.ts';

const open: MessagePort[] = [];
afterEach(() => {
  for (const port of open.splice(0)) port.close();
});

/** Wraps one of Node's real message ports. */
function adapt(port: MessagePort): MediaPort {
  open.push(port);
  const adapted: MediaPort = {
    postMessage: (message) => port.postMessage(message),
    start: () => port.on('message', (data) => adapted.onmessage?.(data)),
    close: () => port.close(),
    onmessage: null,
    onclose: null,
  };
  port.on('close', () => adapted.onclose?.());
  return adapted;
}

function pair(): { near: MediaSocket; far: MediaSocket } {
  const { port1, port2 } = new MessageChannel();
  return { near: messagePortSocket(adapt(port1)), far: messagePortSocket(adapt(port2)) };
}

/** Returns a socket and the bare port at its other end. */
function halfPair(): { socket: MediaSocket; port: MessagePort } {
  const { port1, port2 } = new MessageChannel();
  open.push(port2);
  return { socket: messagePortSocket(adapt(port1)), port: port2 };
}

function nextMessage(socket: MediaSocket): Promise<Uint8Array> {
  return new Promise((done) => {
    socket.onmessage = ({ data }) => done(data as Uint8Array);
  });
}

function closed(socket: MediaSocket): Promise<{ code?: number; reason?: string }> {
  return new Promise((done) => {
    socket.onclose = done;
  });
}

describe('a message port as a WebSocket', () => {
  test('is open from the start and has the media subprotocol', () => {
    const { near } = pair();
    expect(near.readyState).toBe(1);
    expect(near.protocol).toBe('qmux-02.moq-lite-05');
  });

  test('delivers complete messages in order, and buffers them until there is a handler', async () => {
    const { near, far } = pair();
    near.send(new Uint8Array([1, 2, 3]));
    near.send(new Uint8Array([4]).buffer);
    await new Promise((done) => setTimeout(done, 20));
    const got: number[][] = [];
    await new Promise<void>((done) => {
      far.onmessage = ({ data }) => {
        got.push([...(data as Uint8Array)]);
        if (got.length === 2) done();
      };
    });
    expect(got).toEqual([[1, 2, 3], [4]]);
  });

  test('sends only the view, not its whole buffer', async () => {
    const { near, far } = pair();
    const received = nextMessage(far);
    near.send(new Uint8Array(100_000).fill(7, 10, 12).subarray(10, 12));
    const message = await received;
    expect([...message]).toEqual([7, 7]);
    expect(message.buffer.byteLength).toBe(2);
  });

  test('counts data as buffered until the other end has handled it', async () => {
    const { near, far } = pair();
    near.send(new Uint8Array(1000));
    near.send(new Uint8Array(500));
    expect(near.bufferedAmount).toBe(1500);
    await new Promise((done) => setTimeout(done, 20));
    expect(near.bufferedAmount).toBe(1500);
    far.onmessage = () => undefined;
    await expect.poll(() => near.bufferedAmount).toBe(0);
  });

  test('sends its close reason after the data', async () => {
    const { near, far } = pair();
    const order: string[] = [];
    far.onmessage = () => order.push('data');
    const end = closed(far).then((event) => {
      order.push('close');
      return event;
    });
    near.send(new Uint8Array(1));
    near.close(4000, 'enough');
    expect(near.readyState).toBe(3);
    expect(await end).toEqual({ code: 4000, reason: 'enough' });
    expect(order).toEqual(['data', 'close']);
    expect(far.readyState).toBe(3);
  });

  test('calls onclose once and asynchronously', async () => {
    const { near } = pair();
    let count = 0;
    near.onclose = () => count++;
    near.close();
    near.close();
    expect(count).toBe(0);
    await new Promise((done) => setTimeout(done, 20));
    expect(count).toBe(1);
    expect(() => near.send(new Uint8Array(1))).not.toThrow();
  });

  test('closes when the other end disappears', async () => {
    const { socket, port } = halfPair();
    const end = closed(socket);
    socket.onmessage = () => undefined;
    port.close();
    expect((await end).code).toBe(1006);
  });

  test.each([
    ['text', 'hello'],
    ['null', null],
    ['an unknown message', { hello: 1 }],
    ['a malformed acknowledgement', { ack: 'x' }],
    ['a negative acknowledgement', { ack: -1 }],
    ['more acknowledged than sent', { ack: 1 }],
    ['an oversized message', new Uint8Array(MAX_MESSAGE_BYTES + 1)],
  ])('closes on %s', async (_what, message) => {
    const { socket, port } = halfPair();
    const end = closed(socket);
    const reply = once(port, 'message');
    socket.onmessage = () => expect.fail('was delivered');
    port.postMessage(message);
    expect((await end).code).toBe(1002);
    expect((await reply)[0]).toMatchObject({ close: { code: 1002 } });
  });

  test('limits the data that waits for a reader', async () => {
    const { near, far } = pair();
    const end = closed(near);
    let sentBytes = 0;
    while (near.readyState === 1 && sentBytes < 2 * MAX_BUFFERED_BYTES) {
      near.send(new Uint8Array(MAX_MESSAGE_BYTES));
      sentBytes += MAX_MESSAGE_BYTES;
    }
    expect((await end).code).toBe(1009);
    expect(sentBytes).toBeLessThanOrEqual(MAX_BUFFERED_BYTES + MAX_MESSAGE_BYTES);
    expect(far.readyState).toBe(1);
  });
});
