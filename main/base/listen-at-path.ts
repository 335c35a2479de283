import type { Server } from 'node:net';

/**
 * Listens on a Unix socket or a Windows pipe.
 *
 * @throws Error if the path is in use or cannot be created
 */
export function listenAtPath(server: Server, path: string): Promise<void> {
  return new Promise((done, fail) => {
    server.once('error', fail);
    server.listen(path, () => {
      server.off('error', fail);
      done();
    });
  });
}
