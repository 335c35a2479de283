/**
 * Returns the URL of the folder that contains a relay's pages, from the URL of one of them. A proxy may serve
 * the pages under a path such as `/live/`.
 */
export function relayBase(page: URL): URL {
  return new URL('./', new URL(page.pathname, page.origin));
}
