/**
 * Stands in for @moq/net's connections of the IETF's drafts in a relay's pages, which saves some 9 kB of what they load:
 * a page speaks with the relay that it came from, and this relay speaks moq-lite.
 */
export class Connection {
  constructor() {
    throw new Error('The relay does not speak moq-lite.');
  }
}
