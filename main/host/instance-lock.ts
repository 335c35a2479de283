import { createHash } from 'node:crypto';
import { chmodSync, lstatSync, realpathSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { messageOf } from '../../common/base/errors.ts';
import { makeFolder } from '../base/data-folder.ts';
import { withFileLock } from '../base/file-lock.mjs';
import { fileProblem } from '../base/file-problem.ts';
import { listenAtPath } from '../base/listen-at-path.ts';
import { log } from '../base/log.ts';

/**
 * Ensures that only one instance uses a data folder. The first instance listens on a socket named after the
 * folder. A second instance connects to the socket, hands over its ticket and exits. After a crash, the old
 * socket refuses connections and is replaced.
 */

/** Maximum size of a request, in bytes. A ticket has at most 4096 characters. */
const MAX_MESSAGE_BYTES = 16 * 1024;
/**
 * How long to wait for a running instance to answer a request, in milliseconds. It normally answers
 * immediately, but it may be busy.
 */
const ANSWER_MS = 5_000;
/** How long an instance waits for another instance that is starting at the same time, in milliseconds. */
const TAKEOVER_MS = 5_000;
/**
 * Maximum length of a Unix socket's path, in bytes. The limits of the operating systems are 103 (macOS) and 107
 * (Linux).
 */
const MAX_SOCKET_PATH_BYTES = 100;

const requestSchema = z.object({ open: z.string().max(8192).nullable() }).strict();
const answerSchema = z.object({ ok: z.literal(true), pid: z.number() });

/** Result of claiming a data folder. */
export type Instance =
  | { kind: 'first'; close(): Promise<void> }
  /** Another instance uses the folder and has accepted the request. `pid` is that instance's process id. */
  | { kind: 'second'; pid: number };

/** Options for claiming a data folder. */
export interface InstanceOptions {
  dataDir: string;
  /** The ticket to hand over if another instance uses the folder. */
  ticket: string | null;
  /**
   * Called with the ticket of each later instance with the same folder. Must return false if this instance is
   * shutting down; the later instance then takes over the folder.
   */
  onOpen(ticket: string | null): boolean;
}

/**
 * Claims the data folder, or hands the ticket to the instance that uses it. Creates the folder if it does not
 * exist.
 *
 * @throws Error with a message for the user if the folder cannot be created or the other instance does not
 *   answer
 */
export async function claimInstance(options: InstanceOptions): Promise<Instance> {
  const path = socketPath(realFolder(options.dataDir));
  const attempt = async (): Promise<Instance> => {
    const pid = await handOver(path, options.ticket);
    if (pid !== null) return { kind: 'second', pid };
    if (process.platform !== 'win32') await rm(path, { force: true });
    return { kind: 'first', close: await listen(path, options.onOpen) };
  };
  // Named pipes need no lock, because a pipe disappears with its process, and its name cannot be claimed twice.
  if (process.platform === 'win32') return attempt();
  return withFileLock(`${path}.lock`, attempt, { timeoutMs: TAKEOVER_MS + ANSWER_MS });
}

function realFolder(dataDir: string): string {
  try {
    makeFolder(dataDir);
    return realpathSync(dataDir);
  } catch (error) {
    throw new Error(`The data folder ${dataDir} cannot be used: ${fileProblem(error)}.`, { cause: error });
  }
}

/**
 * Returns the path of the folder's socket. The socket's name is a digest, which has a fixed length and does not
 * reveal the folder.
 */
function socketPath(folder: string): string {
  const name = createHash('sha256').update(folder).digest('hex').slice(0, 24);
  if (process.platform === 'win32') return `\\\\.\\pipe\\iroh-live-${name}`;
  const runtime = process.env.XDG_RUNTIME_DIR;
  const candidates = [
    ...(runtime ? [join(runtime, 'iroh-live')] : []),
    join(tmpdir(), `iroh-live-${userId()}`),
    join('/tmp', `iroh-live-${userId()}`),
  ];
  let problem: unknown;
  for (const directory of candidates) {
    const path = join(directory, `${name}.sock`);
    if (Buffer.byteLength(path) + '.lock'.length > MAX_SOCKET_PATH_BYTES) continue;
    try {
      makePrivate(directory);
      return path;
    } catch (error) {
      problem = error;
    }
  }
  throw new Error(`No folder for this user's sockets can be used: ${messageOf(problem)}`, {
    cause: problem,
  });
}

/** Returns the user's id. Unlike `userInfo`, this also works if the user has no entry in the passwd database. */
function userId(): number | undefined {
  return process.getuid?.();
}

/**
 * Creates a folder that only this user can access. Its parent folder may be shared, so another user may already have
 * created a folder with this name.
 */
function makePrivate(directory: string): void {
  makeFolder(directory);
  const found = lstatSync(directory);
  if (!found.isDirectory() || found.uid !== userId()) throw new Error(`${directory} belongs to another user`);
  if ((found.mode & 0o077) !== 0) chmodSync(directory, 0o700);
}

/** Error codes that mean that no instance is running: it was never started, has crashed, or has just exited. */
const notRunningCodes: ReadonlySet<string> = new Set(['ENOENT', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE']);

/** Hands the ticket to the running instance. Resolves to that instance's process id; null if no instance is running. */
function handOver(path: string, ticket: string | null): Promise<number | null> {
  return new Promise((done, fail) => {
    const socket = connect(path);
    const timer = setTimeout(() => {
      socket.destroy();
      fail(
        new Error(
          'Another instance is using this data folder, but is not responding. Quit it and try again.',
        ),
      );
    }, ANSWER_MS);
    const settle = (finish: () => void) => {
      clearTimeout(timer);
      socket.destroy();
      finish();
    };
    socket.once('error', (error: NodeJS.ErrnoException) => {
      settle(() => (notRunningCodes.has(error.code ?? '') ? done(null) : fail(error)));
    });
    readLine(socket, (line) => {
      const answer = answerSchema.safeParse(parseJson(line));
      settle(() =>
        answer.success
          ? done(answer.data.pid)
          : fail(new Error('Another program uses the socket of this data folder')),
      );
    });
    // The other instance exited without an answer, so the folder is free.
    socket.once('end', () => settle(() => done(null)));
    socket.write(`${JSON.stringify({ open: ticket })}\n`);
  });
}

async function listen(
  path: string,
  onOpen: (ticket: string | null) => boolean,
): Promise<() => Promise<void>> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.setTimeout(ANSWER_MS, () => socket.destroy());
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', (error) => log.debug('instance socket: %s', error.message));
    readLine(socket, (line) => {
      const request = requestSchema.safeParse(parseJson(line));
      if (!request.success) return void socket.destroy();
      // While this process shuts down, `onOpen` returns false. The later instance gets no answer and waits
      // until this process closes the socket.
      if (!onOpen(request.data.open)) return;
      socket.end(`${JSON.stringify({ ok: true, pid: process.pid })}\n`);
    });
  });
  await listenAtPath(server, path);
  if (process.platform !== 'win32') chmodSync(path, 0o600);
  server.on('error', (error) => log.warn('instance socket: %s', error.message));
  return async () => {
    for (const socket of sockets) socket.destroy();
    // Closing the server also removes the socket file.
    await new Promise<void>((done) => server.close(() => done()));
  };
}

/** Calls `callback` once, with the first line received. Closes the socket if the line is too long. */
function readLine(socket: Socket, callback: (line: string) => void): void {
  let text = '';
  socket.setEncoding('utf8');
  const read = (chunk: string) => {
    text += chunk;
    const end = text.indexOf('\n');
    if (end >= 0) {
      socket.off('data', read);
      socket.resume();
      callback(text.slice(0, end));
    } else if (text.length > MAX_MESSAGE_BYTES) socket.destroy();
  };
  socket.on('data', read);
}

/** Parses JSON. Returns undefined if the text is not JSON. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
