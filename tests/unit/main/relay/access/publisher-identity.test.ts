import { describe, expect, it } from 'vitest';
import { RELAYED_PEERS, UNIDENTIFIED_CLIENTS } from '../../../../../main/base/client-key.ts';
import { sharesId } from '../../../../../main/origin/path-owners.ts';
import { publisherIds, tokenIdentity } from '../../../../../main/relay/access/publisher-identity.ts';

const HOME = '192.0.2.7';
const AWAY = '192.0.2.8';

const token = (text: string, claims: { sub?: string; iss?: string; put?: string[] } = {}) =>
  tokenIdentity(text, { root: '', get: [], put: ['show'], pull: false, ...claims });

/** Whether two proofs belong to the same publisher. */
const same = (a: Parameters<typeof publisherIds>[0], b: Parameters<typeof publisherIds>[0]) =>
  sharesId(publisherIds(a), publisherIds(b));

describe('the ids of a publisher', () => {
  it('come from its token, or else from its endpoint id, or else from its client', () => {
    expect(same({ client: HOME, token: token('t') }, { client: AWAY, token: token('t') })).toBe(true);
    expect(same({ client: HOME, token: token('t') }, { client: HOME })).toBe(false);
    expect(same({ client: HOME, endpointId: 'e' }, { client: RELAYED_PEERS, endpointId: 'e' })).toBe(true);
    expect(same({ client: HOME, endpointId: 'e' }, { client: HOME })).toBe(false);
    expect(same({ client: HOME }, { client: HOME })).toBe(true);
    expect(same({ client: HOME }, { client: AWAY })).toBe(false);
  });

  it('include the subject of a token, wherever and however often the token is renewed', () => {
    const alice = token('t', { sub: 'alice' });
    const renewed = token('u', { sub: 'alice', put: ['show', 'more'] });
    expect(same({ client: HOME, token: alice }, { client: AWAY, token: renewed })).toBe(true);
    expect(same({ client: HOME, token: alice }, { client: HOME, token: token('u', { sub: 'bob' }) })).toBe(
      false,
    );
    expect(same({ client: HOME, token: alice }, { client: HOME, token: token('u') })).toBe(false);
    const otherIssuer = token('u', { sub: 'alice', iss: 'other' });
    expect(same({ client: HOME, token: alice }, { client: HOME, token: otherIssuer })).toBe(false);
  });

  it('include the rights of a token without a subject, but only for the same client', () => {
    expect(same({ client: HOME, token: token('t') }, { client: HOME, token: token('u') })).toBe(true);
    expect(same({ client: HOME, token: token('t') }, { client: AWAY, token: token('u') })).toBe(false);
    const otherRights = token('u', { put: ['show', 'more'] });
    expect(same({ client: HOME, token: token('t') }, { client: HOME, token: otherRights })).toBe(false);
    for (const client of [UNIDENTIFIED_CLIENTS, RELAYED_PEERS]) {
      expect(same({ client, token: token('t') }, { client, token: token('u') })).toBe(false);
    }
  });

  it('do not contain the token or its subject', () => {
    const ids = publisherIds({ client: 'c', token: token('hunter2') }).join();
    expect(ids).not.toContain('hunter2');
    expect(publisherIds({ client: 'c', token: token('t', { sub: 'alice' }) }).join()).not.toContain('alice');
  });

  it('do not exist for clients that share their key with strangers', () => {
    expect(publisherIds({ client: UNIDENTIFIED_CLIENTS })).toEqual([]);
    expect(publisherIds({ client: RELAYED_PEERS })).toEqual([]);
  });
});
