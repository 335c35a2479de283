import { createHash } from 'node:crypto';
import { isSharedClient } from '../../base/client-key.ts';

/**
 * Returns the identity that the relay uses to recognize a publisher when it reconnects. A different publisher
 * cannot replace the broadcast. The identity is the strongest proof that the publisher has: the token,
 * otherwise the endpoint id, otherwise the client (see client-identity.ts). A publisher that has a token or
 * an endpoint id is never recognized by its client alone, because many people can share an IP address.
 *
 * @param proof.token the verified token; undefined if there is none
 * @param proof.endpointId the endpoint id of an iroh peer; undefined for other transports
 * @returns undefined if the publisher cannot be recognized because strangers have the same client key
 */
export function publisherIdentity(proof: {
  client: string;
  token?: string | undefined;
  endpointId?: string | undefined;
}): string | undefined {
  const { client, token, endpointId } = proof;
  // The token itself is a secret, so the identity contains only its hash.
  if (token !== undefined) return `token ${createHash('sha256').update(token).digest('base64url')}`;
  if (endpointId !== undefined) return `endpoint ${endpointId}`;
  return isSharedClient(client) ? undefined : `client ${client}`;
}
