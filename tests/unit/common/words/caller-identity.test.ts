import { describe, expect, it } from 'vitest';
import {
  callerIdentity,
  sanitizeName,
  shortId,
  UNKNOWN_CALLER,
} from '../../../../common/words/caller-identity.ts';

const peer = '8a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c';
const call = {
  peer,
  contactName: null,
  remote: { name: 'Maya', muted: false, pictureOff: false, sharing: false },
};

describe('callerIdentity', () => {
  it('uses the name in the contacts, and adds the short id to any other name', () => {
    const id = `id ${shortId(peer)}…`;
    expect(shortId(peer)).toBe('8a88e3dd74');
    expect(callerIdentity({ ...call, contactName: 'Sister' })).toEqual({ name: 'Sister', id: null });
    expect(callerIdentity(call)).toEqual({ name: 'Maya', id });
    expect(callerIdentity({ ...call, remote: null })).toEqual({ name: UNKNOWN_CALLER, id });
    expect(callerIdentity({ ...call, contactName: '  ' }).id).toBe(id);
  });

  it('removes characters from a name that could forge the rest of the line', () => {
    expect(sanitizeName('May\u202Ea\u0000\n\u2028id 000000…')).toBe('Maya id 000000…');
    expect([...sanitizeName('x'.repeat(500))]).toHaveLength(60);
    expect(sanitizeName('\u200B\u2066')).toBe('');
  });
});
