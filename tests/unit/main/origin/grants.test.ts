import { Path } from 'moq-net';
import { describe, expect, it } from 'vitest';
import {
  NO_GRANTS,
  readableAs,
  readableFrom,
  viewerGrants,
  windowGrants,
} from '../../../../main/origin/grants.ts';

const path = (text: string) => Path.from(text);

describe('a viewer', () => {
  const viewer = viewerGrants('live');

  it('sees what is live under its own name, and nothing else', () => {
    expect(readableAs(viewer, path('live/hello'))).toBe('hello');
    expect(readableAs(viewer, path('live/a/b'))).toBe('a/b');
    for (const other of ['lively/hello', 'other/hello', 'hello', 'iroh-live:x/hello', '']) {
      expect(readableAs(viewer, path(other))).toBeUndefined();
    }
  });

  it('reads below what is live, whatever it asks for', () => {
    expect(readableFrom(viewer, path('hello'))).toBe('live/hello');
    for (const text of ['iroh-live:x/hello', '../secret', 'live/hello']) {
      expect(readableFrom(viewer, path(text))).toBe(`live/${text}`);
    }
  });

  it('publishes nothing and has nothing pulled', () => {
    expect(viewer).toMatchObject({ publish: [], pull: false });
  });
});

describe('the window', () => {
  const window = windowGrants('live');

  it('reads everything under its own name, and may have tickets pulled', () => {
    for (const text of ['live/hello', 'iroh-live:x/hello']) {
      expect(readableAs(window, path(text))).toBe(text);
      expect(readableFrom(window, path(text))).toBe(text);
    }
    expect(window.pull).toBe(true);
  });

  it('publishes below the live prefix alone', () => {
    expect(window.publish).toEqual([{ origin: 'live', session: 'live' }]);
  });
});

it('a connection that was made to read gives nothing away', () => {
  for (const text of ['live/hello', 'hello', '']) {
    expect(readableAs(NO_GRANTS, path(text))).toBeUndefined();
    expect(readableFrom(NO_GRANTS, path(text))).toBeUndefined();
  }
  expect(NO_GRANTS).toEqual({ read: [], publish: [], pull: false });
});
