import type { Socket } from 'node:net';
import type { Server as TlsServer } from 'node:tls';
import { log } from '../../base/log.ts';
import { validHost } from './request.ts';

/** The first byte of each TLS connection. It marks a record with a handshake message (RFC 8446, section 5.1). */
const TLS_HANDSHAKE = 22;
/** Maximum size of the head of a plain HTTP request, in bytes. */
const MAX_HEAD_BYTES = 16 * 1024;
const HTTPS_PORT = 443;
const PLAIN_TEXT = 'text/plain; charset=utf-8';

/**
 * Returns the `https:` URL for a plain HTTP request; null if the Host header or the target is invalid.
 *
 * @param target the request target, a path with an optional query
 * @param port the HTTPS port
 */
export function httpsUrl(hostHeader: string | undefined, target: string, port: number): string | null {
  const host = validHost(hostHeader)?.replace(/:\d+$/, '');
  if (host === undefined || !/^\/[\x21-\x7e]*$/.test(target)) return null;
  return `https://${host}${port === HTTPS_PORT ? '' : `:${port}`}${target}`;
}

/**
 * Makes a TLS server redirect plain HTTP requests to HTTPS. Must be called before other listeners for
 * `connection` are added.
 *
 * @param options.headMs how long a client may take to send the first byte, and the head of a plain request,
 *   in ms
 */
export function redirectPlainHttp(server: TlsServer, { headMs }: { headMs: number }): void {
  const startTls = server.listeners('connection');
  server.removeAllListeners('connection');
  server.on('connection', (socket: Socket) => {
    const deadline = setTimeout(() => socket.destroy(), headMs);
    const onError = (error: Error) => log.debug(`http: connection lost: ${error.message}`);
    socket.on('error', onError);
    socket.once('close', () => clearTimeout(deadline));
    const onEnd = () => socket.end();
    const onReadable = () => {
      const first: Buffer | null = socket.read(1);
      if (!first) return;
      socket.off('readable', onReadable);
      socket.unshift(first);
      if (first[0] !== TLS_HANDSHAKE) return answerPlainHttp(socket);
      clearTimeout(deadline);
      socket.off('error', onError);
      socket.off('end', onEnd);
      for (const start of startTls) start.call(server, socket);
    };
    socket.on('readable', onReadable);
    socket.once('end', onEnd);
  });
}

/** Reads the head of a plain HTTP request and redirects it. The caller has set a deadline for the connection. */
function answerPlainHttp(socket: Socket): void {
  let head = '';
  const port = socket.localPort ?? HTTPS_PORT;
  socket.setEncoding('latin1');
  const onData = (text: string) => {
    head += text;
    if (!/\r?\n\r?\n/.test(head) && head.length < MAX_HEAD_BYTES) return;
    socket.off('data', onData);
    const [, method = '', target = ''] = /^([A-Z]{1,16}) (\S+) HTTP\/1\.\d\r?\n/.exec(head) ?? [];
    const [, host] = /\nhost:[ \t]*([^\r\n]*?)[ \t]*\r?\n/i.exec(head) ?? [];
    const url = method === 'GET' || method === 'HEAD' ? httpsUrl(host, target, port) : null;
    const body = method === 'HEAD' ? '' : 'This port accepts only HTTPS.\n';
    const status = url === null ? '400 Bad Request' : '308 Permanent Redirect';
    const location = url === null ? [] : [`Location: ${url}`];
    const lines = [
      `HTTP/1.1 ${status}`,
      ...location,
      `Content-Type: ${PLAIN_TEXT}`,
      'Connection: close',
      '',
      body,
    ];
    socket.end(lines.join('\r\n'), () => socket.destroy());
  };
  socket.on('data', onData);
}
