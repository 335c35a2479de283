import { describe, expect, it } from 'vitest';
import {
  ConnectError,
  connectError,
  connectErrorFrom,
  failureOf,
} from '../../../../main/endpoint/connect-error.ts';

describe('an error from iroh', () => {
  it.each([
    ['Connecting to ourself is not supported', 'self'],
    ["peer doesn't support any known protocol", 'incompatible'],
    [
      'aborted by peer: the cryptographic handshake failed: error 120: no application protocol',
      'incompatible',
    ],
    ['the server refused to accept a new connection', 'refused'],
    ['invalid peer certificate: UnknownIssuer', 'offline'],
    ['No addressing information available', 'offline'],
    ['timed out', 'offline'],
    ['Failed to parse relay URL', 'invalid'],
    ['invalid socket address syntax', 'invalid'],
    ['closed by peer: go away (code 1)', 'refused'],
    ['something new', 'failed'],
  ])('with the text "%s" is classified as %s', (text, reason) => {
    const cause = new Error(text);
    const error = connectErrorFrom(cause);
    expect(error).toBeInstanceOf(ConnectError);
    expect(error).toMatchObject({ reason, cause });
    expect(error.message).toMatch(/^[A-Z].*\.$/);
  });

  it('is converted only once', () => {
    const error = connectError('offline');
    expect(connectErrorFrom(error)).toBe(error);
  });

  it.each([undefined, null, 'text', 7, {}])('may be of any type: %j', (thrown) => {
    expect(connectErrorFrom(thrown).reason).toBe('failed');
  });
});

it.each([
  ['offline', 'offline'],
  ['refused', 'refused'],
  ['incompatible', 'incompatible'],
  ['self', 'invalid'],
  ['invalid', 'invalid'],
  ['aborted', 'lost'],
  ['failed', 'offline'],
] as const)('reports %s to the bridge as %s', (reason, failure) => {
  expect(failureOf(connectError(reason))).toBe(failure);
});

it('reports any other error as a lost connection', () => {
  expect(failureOf(new Error('reset'))).toBe('lost');
});
