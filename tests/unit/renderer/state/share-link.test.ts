import { describe, expect, it } from 'vitest';
import { shareLink } from '../../../../renderer/state/share-link.ts';

const TICKET = 'iroh-live:iojj3XQJ8ZX9UtstPLpdcspnCb8dlBIb83SIAbQPb1wA/hello';

describe('the link for browsers', () => {
  const broadcast = { name: 'hello', ticket: TICKET, push: null };
  const live = { ...broadcast, push: { state: 'live' as const, message: '' } };

  it('is none without a relay', () => {
    expect(shareLink({ shareRelay: '', pushTo: '' }, broadcast)).toBeNull();
  });

  it('leads to the ticket', () => {
    expect(shareLink({ shareRelay: 'https://r.example', pushTo: '' }, broadcast)).toBe(
      `https://r.example/?name=${TICKET}`,
    );
  });

  it('leads to the copy that the relay has already', () => {
    const settings = { shareRelay: 'https://r.example', pushTo: 'wss://r.example/my%20room?jwt=secret' };
    expect(shareLink(settings, live)).toBe('https://r.example/?name=my%20room/hello');
    expect(shareLink(settings, { ...live, push: { state: 'failed', message: '' } })).toContain(TICKET);
    expect(shareLink({ ...settings, pushTo: 'https://other.example' }, live)).toContain(TICKET);
  });
});
