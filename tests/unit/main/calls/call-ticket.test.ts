import { describe, expect, test } from 'vitest';
import { CALL_NAME } from '../../../../common/bridge/bridge.ts';
import { formatTicket, TicketError } from '../../../../common/ticket/ticket.ts';
import { parseCallTicket } from '../../../../main/calls/call-ticket.ts';

const PEER = '8a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c';
const OTHER = 'a'.repeat(64);

function ticketFor(broadcastName: string): string {
  return formatTicket({ endpointId: PEER, relayUrls: [], ipAddrs: ['127.0.0.1:1'], broadcastName });
}

describe('parseCallTicket', () => {
  test('returns the peer with its addresses', () => {
    const peer = { endpointId: PEER, relayUrls: [], ipAddrs: ['127.0.0.1:1'] };
    expect(parseCallTicket(ticketFor(CALL_NAME), OTHER)).toMatchObject(peer);
  });

  test('refuses a ticket for a broadcast, the user’s own ticket, and other text', () => {
    expect(() => parseCallTicket(ticketFor('hello'), OTHER)).toThrow('watching a broadcast');
    expect(() => parseCallTicket(ticketFor(CALL_NAME), PEER)).toThrow('your own call ticket');
    expect(() => parseCallTicket('x', OTHER)).toThrow(TicketError);
  });
});
