import { expect, test } from 'vitest';
import { MAX_STATUS_BYTES, parseStatus } from '../../../../main/calls/status.ts';

const good = { name: 'Ann', muted: true, pictureOff: false, sharing: false };
const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));

test('a status is read, and what it does not know is left out', () => {
  expect(parseStatus(bytes({ ...good, accepted: true, more: 1 }))).toEqual({ ...good, accepted: true });
});

test.each([
  ['nothing', undefined],
  ['no JSON', new TextEncoder().encode('{')],
  ['no text', Uint8Array.of(0xff, 0xfe)],
  ['too much', bytes({ ...good, more: 'x'.repeat(MAX_STATUS_BYTES) })],
  ['a long name', bytes({ ...good, name: 'x'.repeat(201) })],
  ['other types', bytes({ ...good, muted: 1 })],
  ['null', bytes(null)],
])('%s is no status', (_what, payload) => expect(parseStatus(payload)).toBeUndefined());

test('a name cannot disguise itself', () => {
  expect(parseStatus(bytes({ ...good, name: ' A\u202eb\n\u2066c\u200b\u2028d ' }))?.name).toBe('Ab c d');
  expect(parseStatus(bytes({ ...good, name: 'x'.repeat(200) }))?.name).toHaveLength(60);
});
