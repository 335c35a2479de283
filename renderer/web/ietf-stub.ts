/**
 * Replaces @moq/net's connections for the IETF drafts of MoQ in a relay's pages, which saves about 9 kB. A page connects
 * only to its own relay, which speaks moq-lite.
 */
export class Connection {
  constructor() {
    throw new Error('The relay does not speak moq-lite.');
  }
}
