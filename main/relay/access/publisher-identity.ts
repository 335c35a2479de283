import { createHash } from 'node:crypto';
import { isSharedClient } from '../../base/client-key.ts';

/**
 * Returns the identity by which a publisher is recognized when it reconnects, so that nobody else can replace its broadcast.
 * The strongest available proof counts: the token, otherwise the endpoint id, otherwise the client (see client-identity.ts).
 * A weaker one must not suffice, because many people share an address.
 *
 * @param proof.token the verified token; undefined without a token
 * @param proof.endpointId the endpoint id of an iroh peer; undefined over other transports
 * @returns undefined if the publisher cannot be recognized, because it shares its client key with strangers
 */
export function publisherIdentity(proof: {
  client: string;
  token?: string | undefined;
  endpointId?: string | undefined;
}): string | undefined {
  const { client, token, endpointId } = proof;
  // The token itself is a secret, so only its hash is kept.
  if (token !== undefined) return `token ${createHash('sha256').update(token).digest('base64url')}`;
  if (endpointId !== undefined) return `endpoint ${endpointId}`;
  return isSharedClient(client) ? undefined : `client ${client}`;
}
