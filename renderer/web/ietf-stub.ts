/**
 * Replaces @moq/net's connections for MoQ's IETF drafts in a relay's pages, which saves about 9 kB. The pages
 * connect only to their own relay, which speaks moq-lite.
 */
export class Connection {
  constructor() {
    throw new Error('The relay does not speak moq-lite.');
  }
}
