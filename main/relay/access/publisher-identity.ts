import { createHash } from 'node:crypto';
import { isSharedClient } from '../../base/client-key.ts';
import type { PublisherIds } from '../../origin/path-owners.ts';
import type { TokenClaims } from './token-claims.ts';

/** Identifies the holder of a token. Contains only hashes, because a token is a secret. */
export interface TokenIdentity {
  /** Hash of the token itself. */
  token: string;
  /** Hash of the claims `sub` and `iss`, which a renewed token keeps. Null if the token has no `sub`. */
  subject: string | null;
  /** Hash of the paths that the token allows publishing to. */
  rights: string;
}

/** Returns the identity of the holder of a verified token. */
export function tokenIdentity(token: string, { sub, iss, root, put }: TokenClaims): TokenIdentity {
  return {
    token: hash(token),
    subject: sub ? hash(JSON.stringify([iss, sub])) : null,
    rights: hash(JSON.stringify([root, [...put].sort()])),
  };
}

/**
 * Returns the ids by which the relay recognizes a publisher that reconnects and keeps others from replacing
 * its broadcast. The ids come from the strongest available proof: the token, otherwise the endpoint id,
 * otherwise the client (see client-identity.ts). The client is the weakest proof, because many people can
 * share an IP address.
 *
 * All tokens with the same subject belong to one publisher. A token without a subject identifies only itself,
 * except that a renewed token is recognized if it comes from the same client and allows publishing at the
 * same paths.
 *
 * @param proof.token undefined or null if there is no token
 * @param proof.endpointId the endpoint id of an iroh peer; undefined for other transports
 * @returns an empty list if the publisher cannot be recognized, because strangers may have the same client
 *   key
 */
export function publisherIds(proof: {
  client: string;
  token?: TokenIdentity | null;
  endpointId?: string;
}): PublisherIds {
  const { client, token, endpointId } = proof;
  if (token) {
    if (token.subject !== null) return [`subject ${token.subject}`];
    const renewed = isSharedClient(client) ? [] : [`rights ${token.rights} of ${client}`];
    return [`token ${token.token}`, ...renewed];
  }
  if (endpointId !== undefined) return [`endpoint ${endpointId}`];
  return isSharedClient(client) ? [] : [`client ${client}`];
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}
