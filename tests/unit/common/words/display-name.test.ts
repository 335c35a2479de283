import { describe, expect, it } from 'vitest';
import { isolated, sanitizeName } from '../../../../common/words/display-name.ts';

const ZWJ = '\u200D';
const ZWNJ = '\u200C';

describe('sanitizeName', () => {
  it.each([
    ['Latin', 'Maya O’Connor-Smith'],
    ['Vietnamese', 'Nguyễn Thị Ngọc Ánh'],
    ['accents', 'Zoë Łukasz Ọlá İbrahim'],
    ['Cyrillic', 'Елена Ґудзь'],
    ['Greek', 'Μαρία Παπαδοπούλου'],
    ['Arabic', 'محمد بن عبد الله'],
    ['vocalized Arabic', 'مُحَمَّدٌ'],
    ['Persian with a non-joiner', `نیم${ZWNJ}فاصله`],
    ['Hebrew', 'שלום'],
    ['pointed Hebrew', 'שָּׁלוֹם'.normalize('NFC')],
    ['Hindi', 'मीनाक्षी'],
    ['Hindi with a joiner', `क्${ZWJ}ष`],
    ['Bengali', 'অনির্বাণ'],
    ['Tamil', 'வெங்கடசுப்பிரமணியன்'],
    ['Kannada with a non-joiner', `ರಾಜ್${ZWNJ}ಕುಮಾರ್`],
    ['Malayalam with a joiner at the end', `അവന്${ZWJ}`],
    ['Sinhala', `ශ්${ZWJ}රී ලංකා`],
    ['Thai', 'น้ำทิพย์'],
    ['Khmer', 'ញ៉ាំ'],
    ['Burmese', 'ကျွန်ုပ်'],
    ['Tibetan', 'བསྒྲུབས'],
    ['Mongolian', 'ᠮᠣᠩᠭᠣᠯ'],
    ['N’Ko', 'ߒߞߏ'],
    ['Adlam', '𞤀𞤣𞤤𞤢𞤥'],
    ['Japanese', '山田太郎'],
    ['Japanese with a variation selector', '葛\u{E0100}城'],
    ['Korean', '김민준'],
    ['a family', `👨${ZWJ}👩${ZWJ}👧${ZWJ}👦 Family`],
    ['a skin tone', `👩🏽${ZWJ}🚀`],
    ['a rainbow flag', `🏳\uFE0F${ZWJ}🌈`],
    ['a country', '🇩🇪'],
    ['the flag of Scotland', '🏴\u{E0067}\u{E0062}\u{E0073}\u{E0063}\u{E0074}\u{E007F}'],
    ['a keycap', '1\uFE0F\u20E3'],
    ['a heart', '❤\uFE0F Mum'],
  ])('keeps a name in %s', (_what, name) => {
    expect(sanitizeName(name)).toBe(name);
  });

  it.each([
    ['Hangul fillers', '\u3164\u115F\u1160\uFFA0'],
    ['Braille blanks', '\u2800\u2800'],
    ['zero-width characters', '\u200B\u2060\uFEFF\u00AD\u180E'],
    ['text direction characters', '\u202A\u202E\u2066\u2069\u061C\u200F'],
    ['variation selectors', '\uFE0F\u{E0100}'],
    ['tags', '\u{E0041}\u{E0042}'],
    ['Khmer inherent vowels', '\u17B4\u17B5'],
    ['a blank musical symbol', '\u{1D159}'],
    ['private use characters', '\uE000\u{F0000}'],
    ['half of a surrogate pair', '\uD800'],
    ['marks without a letter', '\u0301\u0489\u20DD'],
    ['spaces of all kinds', ' \u00A0\u3000\u2003'],
  ])('regards a name of %s as missing', (_what, name) => {
    expect(sanitizeName(name)).toBe('');
  });

  it.each([
    ['a filler', 'M\u3164um'],
    ['a soft hyphen', 'M\u00ADum'],
    ['a joiner between Latin letters', `Mu${ZWJ}m`],
    ['a non-joiner between Latin letters', `Mu${ZWNJ}m`],
    ['a variation selector', 'Mum\uFE0F'],
    ['tags', 'Mum\u{E0041}\u{E007F}'],
    ['an enclosing mark', 'M\u20DDu\u0489m'],
    ['a right-to-left override', '\u202EMum\u202C'],
  ])('shows “Mum” with %s as “Mum”', (_what, name) => {
    expect(sanitizeName(name)).toBe('Mum');
  });

  it('keeps at most four marks on a letter, and no mark twice', () => {
    const zalgo = 'Z\u0351\u0352\u0353\u0354\u0355\u0356\u0357\u0358a\u0334\u0335\u0336\u0337\u0338';
    expect(
      sanitizeName(zalgo)
        .match(/\p{M}+/gu)
        ?.map(({ length }) => length),
    ).toEqual([4, 4]);
    expect(sanitizeName('ก\u0E47\u0E47\u0E47\u0E47\u0E47')).toBe('ก\u0E47');
  });

  it('keeps a name on one line and limits its length', () => {
    expect(sanitizeName('May\u202Ea\u0000\n\u2028id\t\u009B000000…')).toBe('Maya id 000000…');
    expect([...sanitizeName('x'.repeat(500))]).toHaveLength(60);
    expect([...sanitizeName(`👨${ZWJ}`.repeat(2_000))].length).toBeLessThan(250);
    expect([...sanitizeName(`🏴${'\u{E0062}'.repeat(400)}`)].length).toBeLessThan(12);
    const clusters = [...new Intl.Segmenter().segment(sanitizeName('मी'.repeat(100)))];
    expect(clusters.at(-2)?.segment).toBe('मी');
  });

  it('does not change its own result', () => {
    for (const name of [
      `👨${ZWJ}`.repeat(300),
      'Z\u0351\u0352\u0353\u0354\u0355',
      'x'.repeat(90),
      'a \u0301b',
    ])
      expect(sanitizeName(sanitizeName(name))).toBe(sanitizeName(name));
  });
});

describe('isolated', () => {
  it('isolates a name in a right-to-left script from the rest of the sentence, and no other name', () => {
    expect(isolated('שלום')).toBe('\u2068שלום\u2069');
    expect(isolated('محمد 2')).toBe('\u2068محمد 2\u2069');
    expect(isolated('𞤀𞤣')).toBe('\u2068𞤀𞤣\u2069');
    expect(isolated('Maya')).toBe('Maya');
    expect(isolated('मीना')).toBe('मीना');
  });
});
