import { describe, expect, test } from 'vitest';
import {
  BUSY,
  type CallEnd,
  type CloseInfo,
  callResultOf,
  disconnectReason,
  HANG_UP,
  REFUSED,
  SHUTDOWN,
} from '../../../../main/calls/disconnect.ts';
import { parseCloseReason } from '../../../../main/transport/close-reason.ts';

const PEER = '8a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c';

describe('disconnect reason', () => {
  // The text of iroh 1.1.0's `closeReason()`, and iroh-live's DisconnectReason for the corresponding ConnectionError.
  test.each([
    ['LocallyClosed', 'closed', 'LocalClose'],
    ['ApplicationClosed', 'closed by peer: call ended (code 0)', 'RemoteClose'],
    ['ApplicationClosed without a reason', 'closed by peer: 7', 'RemoteClose'],
    ['ConnectionClosed', 'aborted by peer: the application or application protocol caused it', 'RemoteClose'],
    ['Reset', 'reset by peer', 'RemoteClose'],
    ['TimedOut', 'timed out', 'TransportError'],
    ['VersionMismatch', "peer doesn't implement any supported version", 'TransportError'],
    ['TransportError', 'the peer violated the protocol: illegal', 'TransportError'],
    ['CidsExhausted', 'CIDs exhausted', 'TransportError'],
  ])('%s', (_what, text, expected) => {
    expect(disconnectReason(parseCloseReason(text))).toBe(expected);
  });

  test('RemoteClose without a close reason', () => {
    expect(disconnectReason(undefined)).toBe('RemoteClose');
    expect(disconnectReason(parseCloseReason(null))).toBe('RemoteClose');
  });
});

const local = (close: { code: number; reason: string }): CloseInfo => ({ by: 'local', ...close });
const remote = (close: { code: number; reason: string }): CloseInfo => ({ by: 'remote', ...close });
const lost: CloseInfo = { by: 'transport', code: 0, reason: 'timed out' };

describe('result of a call', () => {
  const cases: [CallEnd, string | null, string, string, RegExp][] = [
    [
      end('out', 'dialing', undefined, 'offline'),
      null,
      'ConnectionFailed',
      'failed',
      /Ann: they seem to be offline/,
    ],
    [end('out', 'dialing', undefined, 'refused'), null, 'ConnectionFailed', 'failed', /refused/],
    [end('out', 'dialing', undefined, 'incompatible'), null, 'ConnectionFailed', 'failed', /update/],
    [end('out', 'dialing', undefined, 'invalid'), null, 'ConnectionFailed', 'failed', /not valid/],
    [
      end('out', 'dialing', undefined, 'failed'),
      null,
      'ConnectionFailed',
      'failed',
      /Could not connect to Ann/,
    ],
    [end('out', 'dialing', local(HANG_UP)), 'LocalClose', 'Ended', 'noAnswer', /You hung up before/],
    [end('out', 'ringing', local(HANG_UP)), 'LocalClose', 'Ended', 'noAnswer', /before Ann answered/],
    [
      end('out', 'ringing', local(HANG_UP), 'noAnswer'),
      'LocalClose',
      'Ended',
      'noAnswer',
      /^No answer from Ann/,
    ],
    [end('out', 'ringing', remote(REFUSED)), 'RemoteClose', 'Rejected', 'declined', /Ann declined/],
    [end('out', 'ringing', remote(BUSY)), 'RemoteClose', 'Rejected', 'busy', /Ann is busy/],
    [end('out', 'ringing', remote(SHUTDOWN)), 'RemoteClose', 'Rejected', 'failed', /without answering/],
    [end('out', 'ringing', lost), 'TransportError', 'ConnectionFailed', 'failed', /lost before/],
    [end('in', 'ringing', local(REFUSED)), 'LocalClose', 'Rejected', 'declined', /You declined/],
    [end('in', 'ringing', local(REFUSED), 'noAnswer'), 'LocalClose', 'Ended', 'missed', /You missed/],
    [end('in', 'ringing', remote(HANG_UP)), 'RemoteClose', 'Ended', 'missed', /hung up/],
    [end('in', 'ringing', lost), 'TransportError', 'Ended', 'missed', /lost/],
    [end('out', 'active', local(HANG_UP)), 'LocalClose', 'Ended', 'done', /You hung up/],
    [end('in', 'active', remote(HANG_UP)), 'RemoteClose', 'Ended', 'done', /Ann hung up/],
    [end('in', 'active', remote(SHUTDOWN)), 'RemoteClose', 'Ended', 'done', /closed their app/],
    [
      end('out', 'active', lost, 'reconnect'),
      'TransportError',
      'Ended',
      'lost',
      /connection to Ann was lost/,
    ],
    [end('in', 'ringing', local(SHUTDOWN)), 'LocalClose', 'Ended', 'missed', /the app was closed/],
    [end('out', 'active', local({ code: 2, reason: 'x' })), 'LocalClose', 'Ended', 'lost', /problem with/],
    [end('in', 'ringing', local({ code: 2, reason: 'x' })), 'LocalClose', 'Ended', 'failed', /problem with/],
    [end('out', 'ringing', local({ code: 2, reason: 'x' })), 'LocalClose', 'Ended', 'failed', /problem with/],
  ];
  test.each(cases)('%j', (given, reason, error, outcome, message) => {
    const result = callResultOf(given, 'Ann', PEER);
    expect(result).toMatchObject({ reason, error, outcome });
    expect(result.message).toMatch(message);
  });
});

function end(
  direction: CallEnd['direction'],
  reached: CallEnd['reached'],
  close: CloseInfo | undefined,
  cause?: CallEnd['cause'],
): CallEnd {
  return { direction, reached, close, ...(cause ? { cause } : {}) };
}

test('messages about a peer without a name', () => {
  const messageOf = (...[end, cause]: [Omit<CallEnd, 'cause'>, CallEnd['cause']?]) =>
    callResultOf({ ...end, ...(cause ? { cause } : {}) }, null, PEER).message;
  expect([
    messageOf({ direction: 'in', reached: 'active', close: remote(HANG_UP) }),
    messageOf({ direction: 'in', reached: 'active', close: lost }),
    messageOf({ direction: 'out', reached: 'ringing', close: remote(BUSY) }),
    messageOf({ direction: 'out', reached: 'dialing', close: local(HANG_UP) }),
    messageOf({ direction: 'out', reached: 'ringing', close: local(HANG_UP) }),
    messageOf({ direction: 'out', reached: 'ringing', close: local(HANG_UP) }, 'noAnswer'),
    messageOf({ direction: 'out', reached: 'dialing', close: undefined }, 'offline'),
    messageOf({ direction: 'in', reached: 'ringing', close: remote(HANG_UP) }, 'noAnswer'),
    messageOf({ direction: 'in', reached: 'active', close: local({ code: 3, reason: 'x' }) }),
  ]).toEqual([
    'An unknown caller (8a88e3dd74) hung up.',
    'The connection to an unknown caller (8a88e3dd74) was lost.',
    'Your friend (8a88e3dd74) is busy with another call.',
    'You hung up before the call reached your friend (8a88e3dd74).',
    'You hung up before your friend (8a88e3dd74) answered.',
    'No answer from your friend (8a88e3dd74).',
    'Could not reach your friend (8a88e3dd74): they seem to be offline.',
    'You missed a call from an unknown caller (8a88e3dd74).',
    'The call ended because of a problem with an unknown caller (8a88e3dd74)’s app.',
  ]);
});
