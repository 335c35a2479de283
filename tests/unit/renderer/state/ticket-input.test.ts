import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readTicketInput } from '../../../../renderer/state/ticket-input.ts';

const TICKET = 'iroh-live:iojj3XQJ8ZX9UtstPLpdcspnCb8dlBIb83SIAbQPb1wA/hello';

describe('readTicketInput', () => {
  it('gives the normal form of any accepted one', () => {
    for (const text of [TICKET, `  ${TICKET}\n`, TICKET.slice('iroh-live:'.length)]) {
      expect(readTicketInput(text)).toEqual({ kind: 'ticket', ticket: TICKET });
    }
  });

  it('says nothing about an empty field, and words about anything else', () => {
    expect(readTicketInput('  ')).toEqual({ kind: 'empty' });
    expect(readTicketInput('hello')).toMatchObject({ kind: 'wrong', message: expect.stringMatching(/./) });
  });

  it('never throws', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => readTicketInput(text).kind !== undefined));
  });
});
