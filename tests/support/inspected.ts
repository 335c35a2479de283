import { once } from 'node:events';
import WebSocket from 'ws';
import type { Program } from './processes.ts';
import { waitFor } from './wait.ts';

/** For a Node process's environment: it can be looked into then. */
export const INSPECTED: NodeJS.ProcessEnv = { NODE_OPTIONS: '--inspect=127.0.0.1:0' };

/** What a process that was started with `INSPECTED` holds once its garbage is collected, in bytes. */
export async function heldBytes(program: Program, startOutput: string): Promise<number> {
  const url = /Debugger listening on (ws:\S+)/.exec(startOutput + program.errors())?.[1];
  if (url === undefined) throw new Error('the process is not inspected');
  const socket = new WebSocket(url);
  await once(socket, 'open');
  let next = 0;
  const call = async (method: string, params: object = {}): Promise<unknown> => {
    const id = ++next;
    let answer: { result?: { result?: { value?: unknown } } } | undefined;
    const listen = (data: WebSocket.RawData) => {
      const parsed = JSON.parse(String(data));
      if (parsed.id === id) answer = parsed;
    };
    socket.on('message', listen);
    socket.send(JSON.stringify({ id, method, params }));
    await waitFor(method, () => answer !== undefined, 20_000);
    socket.off('message', listen);
    return answer?.result?.result?.value;
  };
  try {
    await call('HeapProfiler.enable');
    for (let i = 0; i < 3; i += 1) await call('HeapProfiler.collectGarbage');
    const expression =
      // What is external has the array buffers in it.
      '(({ heapUsed, external }) => heapUsed + external)(process.memoryUsage())';
    return Number(await call('Runtime.evaluate', { expression, returnByValue: true }));
  } finally {
    socket.terminate();
  }
}
