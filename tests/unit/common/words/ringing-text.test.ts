import { expect, test } from 'vitest';
import { callerIdentity } from '../../../../common/words/caller-identity.ts';
import { ringingText } from '../../../../common/words/ringing-text.ts';

const peer = '8a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c';
const call = {
  peer,
  direction: 'in' as const,
  contactName: null,
  earlierName: null,
  remote: { name: 'Mum', muted: false, pictureOff: false, sharing: false },
};

test('names a contact', () => {
  expect(ringingText(callerIdentity({ ...call, contactName: 'Mum' }))).toEqual({
    title: 'Mum is calling',
    body: 'Open Iroh Live to answer.',
  });
});

test('says first that a caller is not a contact, and shows the id', () => {
  expect(ringingText(callerIdentity(call))).toEqual({
    title: 'Not in your contacts: “Mum” is calling',
    body: 'ID 8a88e3dd74… Open Iroh Live to answer.',
  });
  expect(ringingText(callerIdentity({ ...call, remote: null })).title).toBe(
    'Not in your contacts: an unknown caller is calling',
  );
});

test('says that a contact without a name is a contact', () => {
  const { title } = ringingText(callerIdentity({ ...call, isContact: true }));
  expect(title).toBe('In your contacts: “Mum” is calling');
});

test('warns about a name that looks like a contact’s', () => {
  const { body } = ringingText(callerIdentity({ ...call, resembles: 'Mum' }));
  expect(body).toMatch(/^ID 8a88e3dd74… This is not your contact “Mum”/);
});

test('isolates a name in a right-to-left script', () => {
  const remote = { ...call.remote, name: 'שלום 1' };
  expect(ringingText(callerIdentity({ ...call, remote })).title).toContain('“\u2068שלום 1\u2069” is calling');
});
