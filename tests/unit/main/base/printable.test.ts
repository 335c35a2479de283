import { expect, test } from 'vitest';
import { printable, printableJson } from '../../../../main/base/printable.ts';

const hostile = 'bye\u001b[2J\u0007\u009b1m\r\u202Egnp.exe\u2028\u200B\u{E0041}';

test('escapes control, text direction and invisible characters', () => {
  expect(printable(hostile)).toBe('bye\\x1b[2J\\x07\\x9b1m\\x0d\\u{202e}gnp.exe\\u{2028}\\u{200b}\\u{e0041}');
});

test('keeps line breaks, tabs and letters of all scripts', () => {
  const text = 'a\n\tb é 日本 محمد मीना …';
  expect(printable(text)).toBe(text);
});

test('writes JSON without control characters that has the same value', () => {
  const value = { name: hostile, list: ['\u0085', 'é 日本\n'], nothing: null };
  for (const text of [printableJson(value), printableJson(value, 2)]) {
    expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    expect(JSON.parse(text)).toEqual(value);
  }
  expect(printableJson(value)).not.toContain('\n');
});
