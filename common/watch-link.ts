import { RELAY_PAGES } from './relay-api.ts';

/** The link by which any browser watches over a relay. `name` is a ticket, or a path on the relay. */
export function watchLink(relay: URL | string, name: string): string {
  const url = new URL(RELAY_PAGES.viewer, relay);
  url.searchParams.set('name', name);
  return url.href;
}
