import { createServer } from 'node:http';

/**
 * Starts a loopback server with a fixed address that redirects to the app's current one, which changes when
 * the app restarts.
 *
 * @returns {Promise<{ url: string, set: (target: string) => void, clear: () => void, close: () => void }>}
 * `set` sets the app's current address and answers the waiting pages; `clear` makes further pages wait
 */
export async function startDevRedirect() {
  /** @type {string | null} */
  let target = null;
  /** @type {Set<import('node:http').ServerResponse>} */
  const waiting = new Set();
  const server = createServer((_request, response) => {
    if (target) return redirect(response, target);
    waiting.add(response);
    response.once('close', () => waiting.delete(response));
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', () => done(undefined)));
  const address = /** @type {import('node:net').AddressInfo} */ (server.address());
  return {
    url: `http://127.0.0.1:${address.port}/`,
    set: (url) => {
      target = url;
      for (const response of waiting) redirect(response, url);
      waiting.clear();
    },
    clear: () => {
      target = null;
    },
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

/**
 * @param {import('node:http').ServerResponse} response
 * @param {string} url
 */
function redirect(response, url) {
  response.writeHead(302, { location: url, 'cache-control': 'no-store' }).end();
}
