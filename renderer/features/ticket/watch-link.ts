import { RELAY_PAGES } from '../../../common/relay/relay-api.ts';

/** The link by which any browser watches over a relay. `name` is a ticket, or a path on the relay. */
export function watchLink(relay: URL | string, name: string): string {
  // A query may hold these two as they are (RFC 3986, section 3.4); the link is shorter and can be read.
  const value = encodeURIComponent(name).replaceAll('%3A', ':').replaceAll('%2F', '/');
  return new URL(`${RELAY_PAGES.viewer}?name=${value}`, relay).href;
}
