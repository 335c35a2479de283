import { describe, expect, it } from 'vitest';
import { printable } from '../../../main/log.ts';

describe('the log', () => {
  it('shows control characters instead of sending them to the terminal', () => {
    expect(printable('bye\u001b[2J\u0007\u009b1m\r')).toBe('bye\\x1b[2J\\x07\\x9b1m\\x0d');
  });

  it('leaves lines, tabs and letters of all scripts alone', () => {
    expect(printable('a\n\tb é 日本 …')).toBe('a\n\tb é 日本 …');
  });
});
