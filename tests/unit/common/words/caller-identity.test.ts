import { describe, expect, it } from 'vitest';
import { callerIdentity, recordedIdentity, shortId } from '../../../../common/words/caller-identity.ts';

const peer = '8a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c';
const call = {
  peer,
  direction: 'in' as const,
  contactName: null,
  earlierName: null,
  remote: { name: 'Maya', muted: false, pictureOff: false, sharing: false },
};

describe('callerIdentity', () => {
  it('uses the name in the contacts, and adds the short id to any other name', () => {
    const id = `ID ${shortId(peer)}…`;
    expect(shortId(peer)).toBe('8a88e3dd74');
    expect(callerIdentity({ ...call, contactName: 'Sister' })).toEqual({
      name: 'Sister',
      inSentence: 'Sister',
      named: true,
      id: null,
      isContact: true,
      resembles: null,
    });
    const inSentence = `Maya (${shortId(peer)})`;
    expect(callerIdentity(call)).toEqual({
      name: 'Maya',
      inSentence,
      named: true,
      id,
      isContact: false,
      resembles: null,
    });
    expect(callerIdentity({ ...call, contactName: '  ' }).id).toBe(id);
  });

  it('uses a name from an earlier call, and otherwise a word for the side of the call', () => {
    const id = `ID ${shortId(peer)}…`;
    const nameless = { ...call, remote: null };
    expect(callerIdentity({ ...nameless, earlierName: 'Maya' })).toEqual({
      name: 'Maya',
      inSentence: `Maya (${shortId(peer)})`,
      named: true,
      id,
      isContact: false,
      resembles: null,
    });
    expect(callerIdentity(nameless)).toEqual({
      name: 'Unknown caller',
      inSentence: 'an unknown caller',
      named: false,
      id,
      isContact: false,
      resembles: null,
    });
    expect(callerIdentity({ ...nameless, direction: 'out' })).toEqual({
      name: 'Your friend',
      inSentence: 'your friend',
      named: false,
      id,
      isContact: false,
      resembles: null,
    });
  });

  it('recognizes a contact without a name, but shows the id with the name that the contact claims', () => {
    const who = callerIdentity({ ...call, isContact: true });
    expect(who).toMatchObject({ name: 'Maya', id: `ID ${shortId(peer)}…`, isContact: true });
    const record = {
      ...call,
      ...{ id: '1', remoteName: 'Maya', startedAtMs: 2, durationMs: 0, ticket: null },
    };
    const missed = { ...record, outcome: 'missed' as const };
    const contact = { peer, name: '', access: 'auto' as const };
    expect(recordedIdentity(missed, [contact], []).isContact).toBe(true);
    expect(recordedIdentity(missed, [{ ...contact, access: 'blocked' }], []).isContact).toBe(false);
  });

  it('gives an unanswered call in the history the name from another call with the same peer', () => {
    const record = { ...call, ...{ id: '1', remoteName: '', startedAtMs: 2, durationMs: 0, ticket: null } };
    const unanswered = { ...record, direction: 'out' as const, outcome: 'noAnswer' as const };
    const earlier = { ...unanswered, id: '2', remoteName: 'Maya' };
    expect(recordedIdentity(unanswered, [], [unanswered]).name).toBe('Your friend');
    expect(recordedIdentity(unanswered, [], [unanswered, earlier]).name).toBe('Maya');
  });

  it('reports the contact that a stranger resembles, but not for a contact or a stranger without a name', () => {
    const resembling = { ...call, resembles: 'Maya' };
    expect(callerIdentity(resembling).resembles).toBe('Maya');
    expect(callerIdentity({ ...resembling, contactName: 'Maya' }).resembles).toBeNull();
    expect(callerIdentity({ ...resembling, remote: null }).resembles).toBeNull();
  });
});
