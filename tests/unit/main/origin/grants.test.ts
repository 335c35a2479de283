import { Path } from 'moq-net';
import { describe, expect, it } from 'vitest';
import {
  ANY_PATH,
  exactMount,
  NO_GRANTS,
  toOriginPath,
  toSessionPath,
  viewerGrants,
  windowGrants,
} from '../../../../main/origin/grants.ts';

const path = (text: string) => Path.from(text);

describe('a viewer', () => {
  const viewer = viewerGrants('live', [], { listed: true });

  it('sees only the broadcast that it names, unless broadcasts are listed', () => {
    const unlisted = viewerGrants('live', ['call']);
    expect(toSessionPath(unlisted, path('live/hello'), path('hello'))).toBe('hello');
    expect(toOriginPath(unlisted, path('hello'))).toBe('live/hello');
    for (const requested of ['', 'hel', 'hello/more', 'live/hello', 'other', 'any']) {
      expect(toSessionPath(unlisted, path('live/hello'), path(requested))).toBeUndefined();
    }
    expect(toSessionPath(unlisted, path('live/hello'))).toBeUndefined();
    expect(toSessionPath(unlisted, path('live/call'), path('call'))).toBeUndefined();
    expect(toSessionPath(unlisted, path('live/hello'), ANY_PATH)).toBe('hello');
    expect(toSessionPath(viewer, path('live/hello'), path(''))).toBe('hello');
  });

  it('sees live broadcasts, and nothing else', () => {
    expect(toSessionPath(viewer, path('live/hello'))).toBe('hello');
    expect(toSessionPath(viewer, path('live/a/b'))).toBe('a/b');
    for (const other of ['lively/hello', 'other/hello', 'hello', 'iroh-live:x/hello', '']) {
      expect(toSessionPath(viewer, path(other))).toBeUndefined();
    }
  });

  it('reads only under the live prefix, regardless of the path that it requests', () => {
    expect(toOriginPath(viewer, path('hello'))).toBe('live/hello');
    for (const text of ['iroh-live:x/hello', '../secret', 'live/hello']) {
      expect(toOriginPath(viewer, path(text))).toBe(`live/${text}`);
    }
  });

  it('may neither publish nor pull', () => {
    expect(viewer).toMatchObject({ publish: [], pull: false });
  });

  it('does not see reserved names', () => {
    const grants = viewerGrants('live', ['call', 'call-status'], { listed: true });
    expect(toSessionPath(grants, path('live/hello'))).toBe('hello');
    expect(toSessionPath(grants, path('live/calling'))).toBe('calling');
    for (const other of ['live/call', 'live/call/x', 'live/call-status', 'calls/7/out']) {
      expect(toSessionPath(grants, path(other))).toBeUndefined();
    }
    expect(toOriginPath(grants, path('call'))).toBeUndefined();
  });
});

describe('the window', () => {
  const window = windowGrants('live');

  it('reads everything at its own path, and may pull tickets', () => {
    for (const text of ['live/hello', 'iroh-live:x/hello']) {
      expect(toSessionPath(window, path(text))).toBe(text);
      expect(toOriginPath(window, path(text))).toBe(text);
    }
    expect(window.pull).toBe(true);
  });

  it('publishes only under the live prefix', () => {
    expect(window.publish).toEqual([{ origin: 'live', session: 'live' }]);
  });
});

it('NO_GRANTS allows nothing', () => {
  for (const text of ['live/hello', 'hello', '']) {
    expect(toSessionPath(NO_GRANTS, path(text))).toBeUndefined();
    expect(toOriginPath(NO_GRANTS, path(text))).toBeUndefined();
  }
  expect(NO_GRANTS).toEqual({ read: [], publish: [], pull: false });
});

it('an exact mount covers only its own path', () => {
  const grants = { read: [exactMount('calls/7/out', 'call')], publish: [], pull: false };
  expect(toSessionPath(grants, path('calls/7/out'))).toBe('call');
  expect(toOriginPath(grants, path('call'))).toBe('calls/7/out');
  for (const other of ['calls/7/out/more', 'calls/7', 'calls/7/in', 'calls/70/out', 'live/x', '']) {
    expect(toSessionPath(grants, path(other))).toBeUndefined();
  }
  expect(toOriginPath(grants, path('call/more'))).toBeUndefined();
});
