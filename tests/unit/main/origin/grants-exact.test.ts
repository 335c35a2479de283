import { Path } from 'moq-net';
import { expect, test } from 'vitest';
import { exactMount, readableAs, readableFrom, viewerGrants } from '../../../../main/origin/grants.ts';

const at = (text: string) => Path.from(text);

test('an exact mount is that path alone', () => {
  const grants = { read: [exactMount('calls/7/out', 'call')], publish: [], pull: false };
  expect(readableAs(grants, at('calls/7/out'))).toBe('call');
  expect(readableFrom(grants, at('call'))).toBe('calls/7/out');
  for (const path of ['calls/7/out/more', 'calls/7', 'calls/7/in', 'calls/70/out', 'live/x', ''])
    expect(readableAs(grants, at(path))).toBeUndefined();
  expect(readableFrom(grants, at('call/more'))).toBeUndefined();
});

test('a viewer sees what is live, except under reserved names', () => {
  const grants = viewerGrants('live', ['call', 'call-status']);
  expect(readableAs(grants, at('live/hello'))).toBe('hello');
  expect(readableAs(grants, at('live/calling'))).toBe('calling');
  for (const path of ['live/call', 'live/call/x', 'live/call-status', 'calls/7/out'])
    expect(readableAs(grants, at(path))).toBeUndefined();
  expect(readableFrom(grants, at('call'))).toBeUndefined();
});
