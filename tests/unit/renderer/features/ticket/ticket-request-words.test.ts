import { expect, test } from 'vitest';
import type { Contact, TicketRequest } from '../../../../../common/bridge/bridge.ts';
import { parseTicket } from '../../../../../common/ticket/ticket.ts';
import {
  type TicketRequestContext,
  ticketRequestView,
} from '../../../../../renderer/features/ticket/ticket-request-words.ts';

const WATCH = 'iroh-live:iojj3XQJ8ZX9UtstPLpdcspnCb8dlBIb83SIAbQPb1wA/hello';
const CALL = WATCH.replace('/hello', '/call');
const peer = parseTicket(WATCH).endpointId;

function view(request: Partial<TicketRequest> = {}, context: Partial<TicketRequestContext> = {}) {
  return ticketRequestView(
    { id: 'r', ticket: CALL, origin: 'link', ...request },
    { ownId: 'f'.repeat(64), contacts: [], displayName: '', inCall: false, ...context },
  );
}

const contact = (change: Partial<Contact> = {}): Contact => ({
  peer,
  name: 'Maya',
  access: 'ask',
  ...change,
});

test('a call from a link says who is called, what turns on, and what is sent', () => {
  expect(view()).toMatchObject({
    action: 'call',
    title: 'Call this person?',
    origin: 'A link wants to start this call.',
    standingTone: 'unknown',
    devices: 'Your camera and microphone turn on when they answer.',
    problem: null,
  });
  expect(view().endpointId.replaceAll(' ', '')).toBe(peer);
  expect(view().reveals).not.toContain('name');
  expect(view({}, { displayName: 'Anna' }).reveals).toContain('your name “Anna”');
});

test('a broadcast is watched without camera and microphone', () => {
  expect(view({ ticket: WATCH, origin: 'command-line' }, { displayName: 'Anna' })).toMatchObject({
    action: 'watch',
    title: 'Watch “hello”?',
    devices: 'Your camera and microphone stay off.',
    reveals: 'Their computer will see your network address.',
  });
  expect(view({ ticket: WATCH }, { contacts: [contact()] }).title).toBe('Watch “hello” from Maya?');
});

test('only the user’s own name for a contact is shown', () => {
  expect(view({}, { contacts: [contact()] })).toMatchObject({ title: 'Call Maya?', standingTone: 'known' });
  expect(view({}, { contacts: [contact({ name: '' })] })).toMatchObject({
    title: 'Call this person?',
    standing: 'In your contacts',
    standingTone: 'known',
  });
  expect(view({}, { contacts: [contact({ access: 'blocked' })] }).standingTone).toBe('blocked');
  expect(view({}, { contacts: [contact({ peer: 'b'.repeat(64) })] }).title).toBe('Call this person?');
});

test('a broadcast name cannot imitate the rest of the dialog', () => {
  const { title } = view({ ticket: `${WATCH}\u202e\n\n${'x'.repeat(500)}` });
  expect(title).not.toMatch(/[\u202e\n]/u);
  expect(title.length).toBeLessThan(80);
});

test('a call that cannot be made says why and offers no button', () => {
  expect(view({}, { inCall: true }).problem).toContain('You are in a call');
  expect(view({}, { ownId: peer }).problem).toContain('your own call ticket');
  expect(view({ ticket: WATCH }, { inCall: true }).problem).toBeNull();
});
