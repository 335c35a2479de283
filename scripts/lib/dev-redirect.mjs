import { createServer } from 'node:http';

/**
 * A restarted app has a new address. This loopback server keeps one address that always leads to the current one, so that
 * an open page finds the restarted app.
 *
 * @returns {Promise<{ url: string, set: (target: string) => void, clear: () => void, close: () => void }>}
 *   `set` names the app's present address and answers the pages that wait; `clear` makes further pages wait
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
