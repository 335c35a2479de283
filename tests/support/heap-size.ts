import { once } from 'node:events';
import WebSocket from 'ws';
import type { Program } from './processes.ts';
import { waitFor } from './wait.ts';

/** Environment variables with which a Node process starts an inspector. */
export const INSPECTOR_ENV: NodeJS.ProcessEnv = { NODE_OPTIONS: '--inspect=127.0.0.1:0' };

/**
 * Measures a process's heap and external memory after garbage collection, in bytes.
 * @param program started with `INSPECTOR_ENV`
 * @param startOutput the start of its stderr, which contains the inspector's URL
 * @throws Error if the process has no inspector
 */
export async function heapBytes(program: Program, startOutput: string): Promise<number> {
  const url = /Debugger listening on (ws:\S+)/.exec(startOutput + program.stderr())?.[1];
  if (url === undefined) throw new Error('the process has no inspector');
  const socket = new WebSocket(url);
  await once(socket, 'open');
  let lastId = 0;
  const request = async (method: string, params: object = {}): Promise<unknown> => {
    const id = ++lastId;
    let answer: { result?: { result?: { value?: unknown } } } | undefined;
    const onMessage = (data: WebSocket.RawData) => {
      const message = JSON.parse(String(data));
      if (message.id === id) answer = message;
    };
    socket.on('message', onMessage);
    socket.send(JSON.stringify({ id, method, params }));
    await waitFor(`the inspector's answer to ${method}`, () => answer !== undefined, 20_000);
    socket.off('message', onMessage);
    return answer?.result?.result?.value;
  };
  try {
    await request('HeapProfiler.enable');
    for (let i = 0; i < 3; i += 1) await request('HeapProfiler.collectGarbage');
    const expression =
      // External memory includes array buffers.
      '(({ heapUsed, external }) => heapUsed + external)(process.memoryUsage())';
    return Number(await request('Runtime.evaluate', { expression, returnByValue: true }));
  } finally {
    socket.terminate();
  }
}
