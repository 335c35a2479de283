import { type IncomingHttpHeaders, request } from 'node:http';
import { WebSocket } from 'ws';

/** Requests whose every header is ours to choose, as an attacker's would be. */

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

export function ask(
  port: number,
  path: string,
  headers: Record<string, string> = {},
  method = 'GET',
): Promise<Answer> {
  return new Promise((done, fail) => {
    // No connection is kept: the server at a port may be another one the next time.
    const options = { host: '127.0.0.1', port, path, method, headers, agent: false } as const;
    const sent = request(options, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        body += chunk;
      });
      response.on('end', () => done({ status: response.statusCode ?? 0, headers: response.headers, body }));
    });
    sent.on('error', fail);
    sent.end();
  });
}

export interface Opened {
  socket: WebSocket;
  /** Parsed frames, in order. */
  frames: unknown[];
  next(): Promise<unknown>;
  closed: Promise<number>;
}

/** Opens a WebSocket; rejects with the HTTP status when it is refused. */
export function openSocket(url: string, headers: Record<string, string>, protocol?: string): Promise<Opened> {
  const socket = new WebSocket(url, protocol ? [protocol] : [], { headers });
  const frames: unknown[] = [];
  const waiting: ((frame: unknown) => void)[] = [];
  socket.on('message', (data, isBinary) => {
    const frame: unknown = isBinary ? data : JSON.parse(String(data));
    const wake = waiting.shift();
    if (wake) wake(frame);
    else frames.push(frame);
  });
  const closed = new Promise<number>((done) => socket.once('close', done));
  const next = (): Promise<unknown> =>
    frames.length > 0 ? Promise.resolve(frames.shift()) : new Promise((done) => waiting.push(done));
  return new Promise((done, fail) => {
    socket.once('open', () => done({ socket, frames, next, closed }));
    socket.once('unexpected-response', (_request, response) => {
      response.resume();
      fail(new Error(`status ${response.statusCode}`));
    });
    socket.once('error', fail);
  });
}
