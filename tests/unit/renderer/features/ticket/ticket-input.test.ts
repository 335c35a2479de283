import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  isCallTicket,
  readDroppedTicket,
  readTicketInput,
} from '../../../../../renderer/features/ticket/ticket-input.ts';

const ADDRESS = 'iroh-live:iojj3XQJ8ZX9UtstPLpdcspnCb8dlBIb83SIAbQPb1wA';
const TICKET = 'iroh-live:iojj3XQJ8ZX9UtstPLpdcspnCb8dlBIb83SIAbQPb1wA/hello';

describe('readTicketInput', () => {
  it('returns the normalized form of any accepted ticket', () => {
    for (const text of [TICKET, `  ${TICKET}\n`, TICKET.slice('iroh-live:'.length)]) {
      expect(readTicketInput(text)).toEqual({ kind: 'ticket', ticket: TICKET });
    }
  });

  it('accepts an empty field and rejects any other text with a message', () => {
    expect(readTicketInput('  ')).toEqual({ kind: 'empty' });
    expect(readTicketInput('hello')).toMatchObject({ kind: 'wrong', message: expect.stringMatching(/./) });
  });

  it('does not percent-decode text', () => {
    expect(readTicketInput(`${ADDRESS}/100%25`)).toEqual({ kind: 'ticket', ticket: `${ADDRESS}/100%25` });
  });

  it('never throws', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => readTicketInput(text).kind !== undefined));
  });
});

describe('readDroppedTicket', () => {
  const named = (name: string) => ({ kind: 'ticket', ticket: `${ADDRESS}/${name}` });

  it('decodes a link but not plain text', () => {
    const link = `${ADDRESS}/my%20stream`;
    expect(readDroppedTicket({ uriList: link, text: link })).toEqual(named('my stream'));
    expect(readDroppedTicket({ uriList: `# from a page\r\n${link}\r\n`, text: '' })).toEqual(
      named('my stream'),
    );
    expect(readDroppedTicket({ uriList: '', text: link })).toEqual(named('my%20stream'));
  });

  it('uses the text of a link that points elsewhere', () => {
    expect(readDroppedTicket({ uriList: 'https://example.com/', text: TICKET })).toEqual(named('hello'));
    expect(readDroppedTicket({ uriList: 'https://example.com/', text: '' }).kind).toBe('wrong');
    expect(readDroppedTicket({ uriList: '', text: '' })).toEqual({ kind: 'empty' });
  });
});

describe('isCallTicket', () => {
  it('accepts only tickets whose broadcast name is the one for calls', () => {
    expect(isCallTicket('iroh-live:abc/call')).toBe(true);
    expect(isCallTicket('iroh-live:abc/callers')).toBe(false);
    expect(isCallTicket('iroh-live:abc/x/call')).toBe(false);
  });
});
