import { createHash } from 'node:crypto';
import { chmodSync, lstatSync, mkdirSync, realpathSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { messageOf } from '../../common/base/errors.ts';
import { withFileLock } from '../../scripts/lib/file-lock.mjs';
import { makeFolder } from '../base/data-folder.ts';
import { log } from '../base/log.ts';

/**
 * One instance per data folder. The first listens on a socket whose name is derived from the folder; a second one
 * finds it, hands over its ticket and ends. A socket that a crash left behind refuses connections and is replaced.
 */

/** A ticket is at most 4096 characters. */
const MAX_MESSAGE_BYTES = 16 * 1024;
/** An instance that lives answers at once; a busy one within this. */
const ANSWER_MS = 5_000;
/** How long two starts at the same moment wait for each other. */
const TAKEOVER_MS = 5_000;
/** The longest path of a unix socket on macOS is 103 bytes, on Linux 107. */
const MAX_SOCKET_PATH_BYTES = 100;

const requestSchema = z.object({ open: z.string().max(8192).nullable() }).strict();
const answerSchema = z.object({ ok: z.literal(true), pid: z.number() });

export type Instance =
  | { kind: 'first'; close(): Promise<void> }
  /** Another instance has the folder, and has taken over the request. */
  | { kind: 'second'; pid: number };

export interface InstanceOptions {
  dataDir: string;
  /** What a second instance hands over. */
  ticket: string | null;
  /** Hears of later starts with the same folder. False: this instance is ending, and the later one takes its place. */
  onOpen(ticket: string | null): boolean;
}

/**
 * Makes the data folder when it is not there.
 *
 * @throws Error fit to show, when the folder cannot be made or the other instance does not answer
 */
export async function claimInstance(options: InstanceOptions): Promise<Instance> {
  const path = socketPath(realFolder(options.dataDir));
  const attempt = async (): Promise<Instance> => {
    const pid = await handOver(path, options.ticket);
    if (pid !== null) return { kind: 'second', pid };
    if (process.platform !== 'win32') await rm(path, { force: true });
    return { kind: 'first', close: await listen(path, options.onOpen) };
  };
  // A named pipe ends with its process and cannot be taken twice.
  if (process.platform === 'win32') return attempt();
  return withFileLock(`${path}.lock`, attempt, { timeoutMs: TAKEOVER_MS + ANSWER_MS });
}

function realFolder(dataDir: string): string {
  try {
    makeFolder(dataDir);
    return realpathSync(dataDir);
  } catch (error) {
    throw new Error(`The data folder ${dataDir} cannot be used: ${messageOf(error)}`, { cause: error });
  }
}

/** The name is a digest, so that any folder fits and nothing of it can be read off. */
function socketPath(folder: string): string {
  const name = createHash('sha256').update(folder).digest('hex').slice(0, 24);
  if (process.platform === 'win32') return `\\\\.\\pipe\\iroh-live-${name}`;
  const runtime = process.env.XDG_RUNTIME_DIR;
  const candidates = [
    ...(runtime ? [join(runtime, 'iroh-live')] : []),
    join(tmpdir(), `iroh-live-${userInfo().uid}`),
    join('/tmp', `iroh-live-${userInfo().uid}`),
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
  throw new Error(`No folder for this user's sockets can be used: ${messageOf(problem)}`, { cause: problem });
}

/** A folder that is ours alone: in a shared place somebody else may have made it first. */
function makePrivate(directory: string): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const found = lstatSync(directory);
  if (!found.isDirectory() || found.uid !== userInfo().uid)
    throw new Error(`${directory} belongs to somebody else`);
  if ((found.mode & 0o077) !== 0) chmodSync(directory, 0o700);
}

/** How connecting fails where no instance is. */
const nobody: ReadonlySet<string> = new Set(['ENOENT', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE']);

/** The process id of the instance that took the request, or null when there is none. */
function handOver(path: string, ticket: string | null): Promise<number | null> {
  return new Promise((done, fail) => {
    const socket = connect(path);
    const timer = setTimeout(() => {
      socket.destroy();
      fail(new Error('Another instance has this data folder and does not answer. End it, then start again.'));
    }, ANSWER_MS);
    const settle = (finish: () => void) => {
      clearTimeout(timer);
      socket.destroy();
      finish();
    };
    socket.once('error', (error: NodeJS.ErrnoException) => {
      // Nobody listens there: never did, crashed, or was just going away.
      settle(() => (nobody.has(error.code ?? '') ? done(null) : fail(error)));
    });
    readLine(socket, (line) => {
      const answer = answerSchema.safeParse(parseJson(line));
      settle(() =>
        answer.success
          ? done(answer.data.pid)
          : fail(new Error('Another program has the socket of this data folder')),
      );
    });
    // It was just going away: nobody has the folder any more.
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
      // Without an answer the other one waits, until this process closes the socket as the last thing it does.
      if (!onOpen(request.data.open)) return;
      socket.end(`${JSON.stringify({ ok: true, pid: process.pid })}\n`);
    });
  });
  await listening(server, path);
  if (process.platform !== 'win32') chmodSync(path, 0o600);
  server.on('error', (error) => log.warn('instance socket: %s', error.message));
  return async () => {
    for (const socket of sockets) socket.destroy();
    // Removes the socket's file too.
    await new Promise<void>((done) => server.close(() => done()));
  };
}

function listening(server: Server, path: string): Promise<void> {
  return new Promise((done, fail) => {
    server.once('error', fail);
    server.listen(path, () => {
      server.off('error', fail);
      done();
    });
  });
}

/** Calls back once, with the first line; ends a peer that sends too much. */
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

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
