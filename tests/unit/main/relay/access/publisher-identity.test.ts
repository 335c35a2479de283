import { describe, expect, it } from 'vitest';
import { RELAYED_PEERS, UNIDENTIFIED_CLIENTS } from '../../../../../main/base/client-key.ts';
import { publisherIdentity } from '../../../../../main/relay/access/publisher-identity.ts';

describe('the identity of a publisher', () => {
  it('is its token, then its endpoint id, then its client', () => {
    const client = '192.0.2.7';
    const all = publisherIdentity({ client, token: 't', endpointId: 'e' });
    expect(all).toBe(publisherIdentity({ client: '192.0.2.8', token: 't' }));
    expect(all).not.toBe(publisherIdentity({ client, token: 'u', endpointId: 'e' }));
    expect(publisherIdentity({ client, endpointId: 'e' })).toBe(
      publisherIdentity({ client: RELAYED_PEERS, endpointId: 'e' }),
    );
    expect(publisherIdentity({ client, endpointId: 'e' })).not.toBe(publisherIdentity({ client }));
    expect(publisherIdentity({ client })).toBe(publisherIdentity({ client }));
  });

  it('does not contain the token', () => {
    expect(publisherIdentity({ client: 'c', token: 'hunter2' })).not.toContain('hunter2');
  });

  it('does not exist for clients that share their key with strangers', () => {
    expect(publisherIdentity({ client: UNIDENTIFIED_CLIENTS })).toBeUndefined();
    expect(publisherIdentity({ client: RELAYED_PEERS })).toBeUndefined();
  });
});
