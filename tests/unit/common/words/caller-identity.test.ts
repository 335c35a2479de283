import { describe, expect, it } from 'vitest';
import { cleanName, NOBODY, shortId, whoIs } from '../../../../common/words/caller-identity.ts';

const peer = '8a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c';
const call = {
  peer,
  contactName: null,
  remote: { name: 'Maya', muted: false, pictureOff: false, sharing: false },
};

describe('whoIs', () => {
  it('trusts the name that the person gave, and shows the id beside any other', () => {
    const id = `id ${shortId(peer)}…`;
    expect(shortId(peer)).toBe('8a88e3dd74');
    expect(whoIs({ ...call, contactName: 'Sister' })).toEqual({ name: 'Sister', id: null });
    expect(whoIs(call)).toEqual({ name: 'Maya', id });
    expect(whoIs({ ...call, remote: null })).toEqual({ name: NOBODY, id });
    expect(whoIs({ ...call, contactName: '  ' }).id).toBe(id);
  });

  it('takes out of a name what would forge the line around it', () => {
    expect(cleanName('May\u202Ea\u0000\n\u2028id 000000…')).toBe('Maya id 000000…');
    expect([...cleanName('x'.repeat(500))]).toHaveLength(60);
    expect(cleanName('\u200B\u2066')).toBe('');
  });
});
