import { describe, expect, it } from 'vitest';
import { pushTargetName, shareLink } from '../../../../../renderer/features/live/share-link.ts';

const TICKET = 'iroh-live:iojj3XQJ8ZX9UtstPLpdcspnCb8dlBIb83SIAbQPb1wA/hello';

describe('shareLink', () => {
  const broadcast = { name: 'hello', ticket: TICKET, push: null };
  const pushed = (watch: 'open' | 'token' | null, state: 'live' | 'failed' = 'live') => ({
    ...broadcast,
    push: { state, message: '', watch },
  });
  const ofTicket = { url: `https://r.example/?name=${TICKET}`, restrictedPath: null };

  it('returns null without a relay', () => {
    expect(shareLink({ shareRelay: '', pushTo: '' }, broadcast)).toBeNull();
  });

  it('links to the ticket on the relay for links', () => {
    expect(shareLink({ shareRelay: 'https://r.example', pushTo: '' }, broadcast)).toEqual(ofTicket);
  });

  it('links to the pushed copy if the relay has one', () => {
    const settings = { shareRelay: 'https://r.example', pushTo: 'wss://r.example/my%20room?jwt=secret' };
    const copy = { url: 'https://r.example/?name=my%20room/hello', restrictedPath: null };
    expect(shareLink(settings, pushed('open'))).toEqual(copy);
    expect(shareLink(settings, pushed('open', 'failed'))).toEqual(ofTicket);
    expect(shareLink({ ...settings, pushTo: 'https://other.example' }, pushed('open'))).toEqual(ofTicket);
    // Without a relay for links, the push relay serves the link, which must not contain the push token.
    expect(shareLink({ ...settings, shareRelay: '' }, pushed('open'))).toEqual(copy);
  });

  it('avoids a pushed copy that needs a token, or marks the link as restricted', () => {
    const settings = { shareRelay: 'https://r.example', pushTo: 'https://r.example/room?jwt=secret' };
    expect(shareLink(settings, pushed('token'))).toEqual(ofTicket);
    expect(shareLink(settings, pushed(null))).toEqual(ofTicket);
    expect(shareLink({ ...settings, shareRelay: '' }, pushed('token'))).toEqual({
      url: 'https://r.example/?name=room/hello',
      restrictedPath: 'room/hello',
    });
    expect(shareLink({ ...settings, shareRelay: '' }, pushed(null))).toBeNull();
  });
});

describe('pushTargetName', () => {
  it('contains the path to publish at, but no token', () => {
    expect(pushTargetName('https://r.example:4443/studio/?jwt=secret')).toBe('r.example:4443/studio');
    expect(pushTargetName('r.example')).toBe('r.example');
  });
});
