/**
 * Returns the URL of the folder that contains all pages of a relay, from the URL of any of them. A proxy may
 * serve the pages under a path, such as `/live/` and `/live/publish`.
 */
export function relayBase(page: URL): URL {
  return new URL('./', new URL(page.pathname, page.origin));
}
