import { Path } from 'moq-net';
import { expect, test } from 'vitest';
import { exactMount, toOriginPath, toSessionPath, viewerGrants } from '../../../../main/origin/grants.ts';

const at = (text: string) => Path.from(text);

test('an exact mount covers that path only', () => {
  const grants = { read: [exactMount('calls/7/out', 'call')], publish: [], pull: false };
  expect(toSessionPath(grants, at('calls/7/out'))).toBe('call');
  expect(toOriginPath(grants, at('call'))).toBe('calls/7/out');
  for (const path of ['calls/7/out/more', 'calls/7', 'calls/7/in', 'calls/70/out', 'live/x', ''])
    expect(toSessionPath(grants, at(path))).toBeUndefined();
  expect(toOriginPath(grants, at('call/more'))).toBeUndefined();
});

test('a viewer sees live broadcasts, except under reserved names', () => {
  const grants = viewerGrants('live', ['call', 'call-status']);
  expect(toSessionPath(grants, at('live/hello'))).toBe('hello');
  expect(toSessionPath(grants, at('live/calling'))).toBe('calling');
  for (const path of ['live/call', 'live/call/x', 'live/call-status', 'calls/7/out'])
    expect(toSessionPath(grants, at(path))).toBeUndefined();
  expect(toOriginPath(grants, at('call'))).toBeUndefined();
});
