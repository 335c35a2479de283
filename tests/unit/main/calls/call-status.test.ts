import { expect, test } from 'vitest';
import { MAX_STATUS_BYTES, parseStatus } from '../../../../main/calls/call-status.ts';

const good = { name: 'Ann', muted: true, pictureOff: false, sharing: false };
const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));

test('parses a status and drops unknown fields', () => {
  expect(parseStatus(bytes({ ...good, accepted: true, more: 1 }))).toEqual({ ...good, accepted: true });
});

test.each([
  ['a missing payload', undefined],
  ['malformed JSON', new TextEncoder().encode('{')],
  ['invalid UTF-8', Uint8Array.of(0xff, 0xfe)],
  ['an oversized payload', bytes({ ...good, more: 'x'.repeat(MAX_STATUS_BYTES) })],
  ['an overlong name', bytes({ ...good, name: 'x'.repeat(201) })],
  ['a field of the wrong type', bytes({ ...good, muted: 1 })],
  ['null', bytes(null)],
])('rejects %s', (_what, payload) => expect(parseStatus(payload)).toBeUndefined());

test('removes characters that could disguise a name', () => {
  expect(parseStatus(bytes({ ...good, name: ' A\u202eb\n\u2066c\u200b\u2028d ' }))?.name).toBe('Ab c d');
  expect(parseStatus(bytes({ ...good, name: 'x'.repeat(200) }))?.name).toHaveLength(60);
});
