import { describe, expect, it } from 'vitest';
import type { Contact } from '../../../../common/bridge/bridge.ts';
import { LookalikeNames, skeletonOf } from '../../../../main/calls/lookalike-names.ts';

const contact = (name: string, access: Contact['access'] = 'ask'): Contact => ({ peer: name, name, access });

describe('skeletonOf', () => {
  it.each([
    ['the same name', 'Mum', 'Mum'],
    ['Cyrillic letters', 'Mum', 'М\u0443m'.replace('\u0443', 'u')],
    ['Greek letters', 'Henry', 'ΗΕΝRΥ'],
    ['mathematical letters', 'Mum', '𝓜𝓾𝓶'],
    ['wide letters', 'Mum', 'Ｍｕｍ'],
    ['circled letters', 'Mum', 'Ⓜⓤⓜ'],
    ['other cases', 'Mum', 'MUM'],
    ['spaces and symbols', 'Mum', 'm u m ❤\uFE0F.'],
    ['invisible characters', 'Mum', 'M\u3164u\u200Bm'],
    ['stacked marks', 'Mum', 'M\u0351\u0352\u0353u\u0334\u0335m'],
    ['an accent', 'Zoë', 'Zoe'],
    ['digits', 'Bob', 'B0b'],
    ['letters that form another one', 'Mum', 'rnurn'],
    ['I, l and 1', 'Ilse', '1lse'],
    ['Latin letters in a Cyrillic name', 'Анна', 'Aннa'],
    ['the same emoji', '❤\uFE0F', '❤\uFE0F'],
  ])('is equal for %s', (_what, name, claimed) => {
    expect(skeletonOf(claimed)).toBe(skeletonOf(name));
  });

  it.each([
    ['Mum', 'Dad'],
    ['Mum', 'Mam'],
    ['Анна', 'Anna'],
    ['मीना', 'मेना'],
    ['محمد', 'محمود'],
    ['李', '季'],
    ['김민준', '김민지'],
    ['❤\uFE0F', '💙'],
  ])('differs for %s and %s', (name, claimed) => {
    expect(skeletonOf(claimed)).not.toBe(skeletonOf(name));
  });
});

describe('LookalikeNames', () => {
  it('finds the contact, follows changes to the contacts, and ignores blocked and unnamed ones', () => {
    let contacts = [contact('Mum'), contact('Troll', 'blocked'), contact('')];
    const lookalikes = new LookalikeNames(() => contacts);
    expect(lookalikes.find('МUМ')).toBe('Mum');
    expect(lookalikes.find('Troll')).toBeNull();
    expect(lookalikes.find('')).toBeNull();
    expect(lookalikes.find('\u3164')).toBeNull();
    contacts = [contact('Dad')];
    expect(lookalikes.find('Mum')).toBeNull();
    expect(lookalikes.find('DAD!')).toBe('Dad');
  });
});
