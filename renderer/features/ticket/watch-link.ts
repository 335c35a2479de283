import { RELAY_PAGES } from '../../../common/relay/relay-api.ts';

/** A link for watching in a browser through a relay. `name` is a ticket, or a path on the relay. */
export function watchLink(relay: URL | string, name: string): string {
  // A query may contain `:` and `/` unescaped (RFC 3986, section 3.4), which keeps the link short.
  const value = encodeURIComponent(name).replaceAll('%3A', ':').replaceAll('%2F', '/');
  return new URL(`.${RELAY_PAGES.viewer}?name=${value}`, relay).href;
}
