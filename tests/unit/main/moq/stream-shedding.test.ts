import { afterEach, describe, expect, it } from 'vitest';
import { Scope } from '../../../../common/base/scope.ts';
import { StreamShedder, type StreamShedderOptions } from '../../../../main/moq/stream-shedding.ts';
import type { Transport } from '../../../../main/origin/session.ts';
import { transportPair } from '../../../support/sessions.ts';
import { sleep, waitFor } from '../../../support/wait.ts';

const scopes: Scope[] = [];
const transports: Transport[] = [];
afterEach(async () => {
  for (const scope of scopes.splice(0)) await scope.close();
  for (const transport of transports.splice(0)) transport.close();
});

async function guarded(
  options: StreamShedderOptions = {},
): Promise<{ guard: StreamShedder; reader: Transport }> {
  const [reader, writer] = transportPair();
  transports.push(reader, writer);
  await Promise.all([reader.ready, writer.ready]);
  const scope = new Scope();
  scopes.push(scope);
  return {
    guard: new StreamShedder(scope, (options) => writer.createUnidirectionalStream(options), {
      stalledMs: 200,
      ...options,
    }),
    reader,
  };
}

async function nextStream(transport: Transport): Promise<ReadableStream<Uint8Array>> {
  const incoming = transport.incomingUnidirectionalStreams.getReader();
  const { value } = await incoming.read();
  incoming.releaseLock();
  if (!value) throw new Error('no stream');
  return value;
}

describe('StreamShedder', () => {
  it('resets a group that is not read, and sends its reader a code', async () => {
    const { guard, reader } = await guarded();
    const writer = (await guard.open()).getWriter();
    const written = (async () => {
      for (let i = 0; i < 200; i += 1) await writer.write(new Uint8Array(64 * 1024));
    })();
    const stream = await nextStream(reader);
    await expect(written).rejects.toThrow();
    expect(guard.shedCount).toBe(1);
    const read = async () => {
      for await (const _chunk of stream as unknown as AsyncIterable<Uint8Array>);
    };
    await expect(read()).rejects.toMatchObject({ streamErrorCode: 1 });
  });

  it('reports a peer that reads nothing for too long, but not one that is idle or slow', async () => {
    let stuck = 0;
    const { guard, reader } = await guarded({ unreadMs: 600, onStuck: () => (stuck += 1) });
    const slow = (await guard.open()).getWriter();
    await slow.write(new Uint8Array([1]));
    const chunks = (await nextStream(reader)).getReader();
    await sleep(1_000);
    for (let i = 0; i < 6; i += 1) {
      await sleep(150);
      await slow.write(new Uint8Array([1]));
      await chunks.read();
    }
    expect(stuck).toBe(0);
    for (let i = 0; i < 5; i += 1) {
      const unread = (await guard.open()).getWriter();
      const write = async () => {
        for (;;) await unread.write(new Uint8Array(256 * 1024));
      };
      write().catch(() => undefined);
    }
    await waitFor('the report', () => stuck === 1);
  });

  it('keeps a slow group that makes progress, and a group that has nothing to send', async () => {
    const { guard, reader } = await guarded();
    const writer = (await guard.open()).getWriter();
    await writer.write(new Uint8Array([1]));
    const chunks = (await nextStream(reader)).getReader();
    for (let i = 0; i < 5; i += 1) {
      await sleep(150);
      await writer.write(new Uint8Array([1]));
      await chunks.read();
    }
    await writer.close();
    expect(guard.shedCount).toBe(0);
  });
});
