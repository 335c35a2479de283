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
  /** Number of timers that are running or still referenced. */
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

/** Reads the census of a process that was started with `env`. */
export interface CensusProbe {
  /** Environment variables that load the probe into a Node process. */
  env: Readonly<Record<string, string>>;
  /**
   * Reads the census. The process collects garbage first.
   * @throws Error if the process is not running
   */
  read(): Promise<Census>;
}

/** Creates a probe for one process of the built command-line program at a time. */
export function makeCensusProbe(): CensusProbe {
  const socketPath = join(newDataDir(), 'census.sock');
  return {
    env: { CENSUS_SOCKET: socketPath, NODE_OPTIONS: `--no-warnings --import ${PROBE}` },
    read: async () => {
      const socket = connect(socketPath);
      let text = '';
      socket.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
      await once(socket, 'end');
      return JSON.parse(text) as Census;
    },
  };
}
