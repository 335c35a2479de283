import { type IncomingHttpHeaders, request } from 'node:http';
import { WebSocket } from 'ws';

/** The response to a request from `sendRequest`. */
interface RawResponse {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

/** Sends a request with arbitrary headers and an arbitrary path, as an attacker would. */
export function sendRequest(
  port: number,
  path: string,
  headers: Record<string, string> = {},
  method = 'GET',
): Promise<RawResponse> {
  return new Promise((done, fail) => {
    // Do not use keep-alive, because another server might use this port for the next request.
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

/** An open WebSocket that records its messages. */
interface OpenedSocket {
  socket: WebSocket;
  /** Messages that `next` has not returned yet, as parsed JSON or bytes. */
  frames: unknown[];
  next(): Promise<unknown>;
  /** Resolves to the close code. */
  closed: Promise<number>;
}

/** Opens a WebSocket. Rejects with the HTTP status if it is refused. */
export function openSocket(
  url: string,
  headers: Record<string, string>,
  protocol?: string,
): Promise<OpenedSocket> {
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
