import { describe, expect, test } from 'vitest';
import {
  BUSY,
  type CallEnd,
  type CloseInfo,
  disconnectReason,
  HANG_UP,
  judgeEnd,
  REFUSED,
  SHUTDOWN,
} from '../../../../main/calls/disconnect.ts';
import { parseCloseReason } from '../../../../main/transport/close-reason.ts';

describe('the reason of a connection’s end', () => {
  // What iroh 1.1.0 says in `closeReason()`, and iroh-live's DisconnectReason for that ConnectionError.
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

  test('none is RemoteClose', () => {
    expect(disconnectReason(undefined)).toBe('RemoteClose');
    expect(disconnectReason(parseCloseReason(null))).toBe('RemoteClose');
  });
});

const local = (how: { code: number; reason: string }): CloseInfo => ({ by: 'local', ...how });
const remote = (how: { code: number; reason: string }): CloseInfo => ({ by: 'remote', ...how });
const lost: CloseInfo = { by: 'transport', code: 0, reason: 'timed out' };

describe('the end of a call', () => {
  const cases: [CallEnd, string | null, string, string, RegExp][] = [
    [end('out', 'dialing', undefined, 'offline'), null, 'ConnectionFailed', 'failed', /Ann .*offline/],
    [end('out', 'dialing', undefined, 'refused'), null, 'ConnectionFailed', 'failed', /refused/],
    [end('out', 'dialing', undefined, 'incompatible'), null, 'ConnectionFailed', 'failed', /update/],
    [end('out', 'dialing', undefined, 'invalid'), null, 'ConnectionFailed', 'failed', /not valid/],
    [end('out', 'dialing', undefined, 'failed'), null, 'ConnectionFailed', 'failed', /could not be made/],
    [end('out', 'dialing', local(HANG_UP)), 'LocalClose', 'Ended', 'noAnswer', /You ended/],
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
    [end('in', 'ringing', remote(HANG_UP)), 'RemoteClose', 'Ended', 'missed', /gave up/],
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
    [end('out', 'active', local({ code: 2, reason: 'x' })), 'LocalClose', 'Ended', 'lost', /misbehaved/],
    [end('in', 'ringing', local({ code: 2, reason: 'x' })), 'LocalClose', 'Ended', 'failed', /misbehaved/],
    [end('out', 'ringing', local({ code: 2, reason: 'x' })), 'LocalClose', 'Ended', 'failed', /misbehaved/],
  ];
  test.each(cases)('%j', (given, reason, error, outcome, words) => {
    const verdict = judgeEnd(given, 'Ann');
    expect(verdict).toMatchObject({ reason, error, outcome });
    expect(verdict.message).toMatch(words);
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

test('who gave no name is told of without one', () => {
  const words = (...[how, cause]: [Omit<CallEnd, 'cause'>, CallEnd['cause']?]) =>
    judgeEnd({ ...how, ...(cause ? { cause } : {}) }, null).message;
  expect([
    words({ direction: 'in', reached: 'active', close: remote(HANG_UP) }),
    words({ direction: 'in', reached: 'active', close: lost }),
    words({ direction: 'out', reached: 'ringing', close: remote(BUSY) }),
    words({ direction: 'out', reached: 'dialing', close: local(HANG_UP) }),
    words({ direction: 'out', reached: 'ringing', close: local(HANG_UP) }),
    words({ direction: 'out', reached: 'ringing', close: local(HANG_UP) }, 'noAnswer'),
    words({ direction: 'out', reached: 'dialing', close: undefined }, 'offline'),
    words({ direction: 'in', reached: 'ringing', close: remote(HANG_UP) }, 'noAnswer'),
    words({ direction: 'in', reached: 'active', close: local({ code: 3, reason: 'x' }) }),
  ]).toEqual([
    'They hung up.',
    'The connection to them was lost.',
    'They are busy with another call.',
    'You ended the call before they were reached.',
    'You ended the call before they answered.',
    'No answer from them.',
    'They could not be reached: they seem to be offline.',
    'You missed a call from them.',
    'The call was ended: their app misbehaved.',
  ]);
});
