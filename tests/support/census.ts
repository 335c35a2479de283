import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { newDataDir } from './app-process.ts';

const PROBE = fileURLToPath(new URL('census-probe.mjs', import.meta.url));

/** A process's memory and its numbers of live objects. */
export interface Census {
  /** The largest resident set since the last census, in bytes. */
  residentBytes: number;
  /** Heap and external memory after garbage collection, in bytes. */
  liveBytes: number;
  fileDescriptors: number;
  /** Number of timers that are running. */
  timers: number;
  sockets: number;
  readableStreams: number;
  writableStreams: number;
  messagePorts: number;
  abortSignals: number;
  irohConnections: number;
  irohSendStreams: number;
  irohReceiveStreams: number;
  /** Number of listeners of all event emitters and abort signals. */
  listeners: number;
}

/** A process's memory use, read without forcing a garbage collection. */
export interface MemoryUse {
  /** The largest resident set since the last reading, in bytes. */
  residentBytes: number;
  /** Objects on V8's heap, including garbage. */
  heapUsedBytes: number;
  /** Memory that V8 has reserved for its heap. */
  heapBytes: number;
  /** Buffers outside V8's heap. */
  externalBytes: number;
  /** The number of open file descriptors. */
  fileDescriptors: number;
}

/** Reads the census of a process that was started with `env`. */
export interface CensusProbe {
  /** Environment variables that load the probe into a Node process. */
  env: Readonly<Record<string, string>>;
  /**
   * Counts the live objects. The process collects garbage first.
   * @throws Error if the process is not running
   */
  read(): Promise<Census>;
  /**
   * Reads the memory use without collecting garbage.
   * @throws Error if the process is not running
   */
  readMemory(): Promise<MemoryUse>;
}

/** Creates a probe for one process of the built command-line program at a time. */
export function makeCensusProbe(): CensusProbe {
  const socketPath = join(newDataDir(), 'census.sock');
  return {
    env: { CENSUS_SOCKET: socketPath, NODE_OPTIONS: `--no-warnings --import ${PROBE}` },
    read: async () => (await ask(socketPath, 'census')) as Census,
    readMemory: async () => (await ask(socketPath, 'memory')) as MemoryUse,
  };
}

async function ask(socketPath: string, request: 'census' | 'memory'): Promise<unknown> {
  const socket = connect(socketPath);
  socket.write(request);
  let text = '';
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  await once(socket, 'end');
  return JSON.parse(text);
}
