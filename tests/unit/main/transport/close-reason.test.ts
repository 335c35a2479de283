import { describe, expect, test } from 'vitest';
import { parseCloseReason } from '../../../../main/transport/close-reason.ts';
import { irohMessage, mapIrohError, streamErrorCodeOf } from '../../../../main/transport/transport-error.ts';

describe('parseCloseReason', () => {
  test.each([
    ['closed by peer: bye (code 7)', { by: 'remote', code: 7, reason: 'bye' }],
    ['closed by peer: 7', { by: 'remote', code: 7, reason: '' }],
    ['closed by peer: 5 (code 7)', { by: 'remote', code: 7, reason: '5' }],
    ['closed by peer: a (code 1) (code 2)', { by: 'remote', code: 2, reason: 'a (code 1)' }],
    ['closed by peer: two\nlines (code 0)', { by: 'remote', code: 0, reason: 'two\nlines' }],
    ['aborted by peer: nonsense', { by: 'remote', code: 0, reason: 'aborted by peer: nonsense' }],
    ['reset by peer', { by: 'remote', code: 0, reason: 'reset by peer' }],
    ['timed out', { by: 'transport', code: 0, reason: 'timed out' }],
    ['closed', { by: 'local', code: 3, reason: 'mine' }],
    [null, { by: 'local', code: 3, reason: 'mine' }],
  ])('%j', (text, expected) => {
    expect(parseCloseReason(text, { code: 3, reason: 'mine' })).toEqual(expected);
  });
});

describe('stream errors', () => {
  test('contain the code of a reset or stop', () => {
    expect(mapIrohError(new Error('Reset(42)\n\nStack backtrace:\n 0: x'))).toMatchObject({
      source: 'stream',
      streamErrorCode: 42,
    });
    expect(mapIrohError(new Error('Stopped(77)'))).toMatchObject({ source: 'stream', streamErrorCode: 77 });
    expect(mapIrohError(new Error(`Reset(${2n ** 61n + 5n})`))).toMatchObject({ streamErrorCode: 5 });
    expect(mapIrohError(new Error('ConnectionLost(TimedOut)'))).toMatchObject({
      source: 'session',
      streamErrorCode: null,
    });
  });

  test('have a message without the stack trace', () => {
    expect(irohMessage(new Error('it (/a/b.rs:1:2)\nCaused by:\n  that\n\nStack backtrace:\n 0: x'))).toBe(
      'it\nCaused by:\n  that',
    );
  });

  test('have a code that can be read from any reason', () => {
    expect(streamErrorCodeOf({ streamErrorCode: 7 })).toBe(7n);
    expect(streamErrorCodeOf({ streamErrorCode: -1 })).toBe(0xffff_ffffn);
    for (const none of [undefined, null, 'text', new Error('x'), { streamErrorCode: 'x' }])
      expect(streamErrorCodeOf(none)).toBe(0n);
  });
});
