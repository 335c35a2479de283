import { describe, expect, it } from 'vitest';
import { shareLink } from '../../../../../renderer/features/live/share-link.ts';

const TICKET = 'iroh-live:iojj3XQJ8ZX9UtstPLpdcspnCb8dlBIb83SIAbQPb1wA/hello';

describe('the link for browsers', () => {
  const broadcast = { name: 'hello', ticket: TICKET, push: null };
  const pushed = (watch: 'open' | 'token' | null, state: 'live' | 'failed' = 'live') => ({
    ...broadcast,
    push: { state, message: '', watch },
  });
  const ofTicket = { url: `https://r.example/?name=${TICKET}`, closed: null };

  it('is none without a relay', () => {
    expect(shareLink({ shareRelay: '', pushTo: '' }, broadcast)).toBeNull();
  });

  it('leads to the ticket', () => {
    expect(shareLink({ shareRelay: 'https://r.example', pushTo: '' }, broadcast)).toEqual(ofTicket);
  });

  it('leads to the copy that the relay has already', () => {
    const settings = { shareRelay: 'https://r.example', pushTo: 'wss://r.example/my%20room?jwt=secret' };
    const copy = { url: 'https://r.example/?name=my%20room/hello', closed: null };
    expect(shareLink(settings, pushed('open'))).toEqual(copy);
    expect(shareLink(settings, pushed('open', 'failed'))).toEqual(ofTicket);
    expect(shareLink({ ...settings, pushTo: 'https://other.example' }, pushed('open'))).toEqual(ofTicket);
    // The relay that it is pushed to has pages too, where no other is set; its token is nobody's business.
    expect(shareLink({ ...settings, shareRelay: '' }, pushed('open'))).toEqual(copy);
  });

  it('leads to no copy that opens for nobody, or says so', () => {
    const settings = { shareRelay: 'https://r.example', pushTo: 'https://r.example/room?jwt=secret' };
    expect(shareLink(settings, pushed('token'))).toEqual(ofTicket);
    expect(shareLink(settings, pushed(null))).toEqual(ofTicket);
    expect(shareLink({ ...settings, shareRelay: '' }, pushed('token'))).toEqual({
      url: 'https://r.example/?name=room/hello',
      closed: 'room/hello',
    });
    expect(shareLink({ ...settings, shareRelay: '' }, pushed(null))).toBeNull();
  });
});
