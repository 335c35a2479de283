import { describe, expect, it } from 'vitest';
import {
  exceptionReply,
  idInReply,
  isCurrentWindowRequest,
  isPlainReply,
  parseMemberCall,
} from '../../../../../main/host/electron/remote-messages.ts';
import { remoteArguments } from '../../../../support/raw-ipc.ts';

const plain = (value: unknown) => ({ type: 'value', value });
const call = (name: string, ...values: unknown[]) => ['5-1', 1, name, values.map(plain)];

describe('requests of @electron/remote', () => {
  it('accepts a request for the window and calls of its four functions', () => {
    expect(isCurrentWindowRequest(['5-1'])).toBe(true);
    expect(isCurrentWindowRequest(['5-1', undefined])).toBe(true);
    expect(parseMemberCall(call('bounds'))).toEqual({ id: 1, name: 'bounds', args: [] });
    expect(parseMemberCall(call('keepOnTop', true))).toEqual({
      id: 1,
      name: 'keepOnTop',
      args: [plain(true)],
    });
    expect(parseMemberCall(call('setBounds', -5, 0, 360, 250))?.args).toHaveLength(4);
    expect(parseMemberCall(call('setOpacity', 0.3))?.args).toEqual([plain(0.3)]);
  });

  it.each(Object.entries(remoteArguments))('rejects an argument of the kind: %s', (_kind, value) => {
    expect(parseMemberCall(['5-1', 1, 'setOpacity', [value]])).toBeNull();
    expect(parseMemberCall(['5-1', 1, 'keepOnTop', [value]])).toBeNull();
    expect(parseMemberCall(['5-1', 1, 'bounds', [value]])).toBeNull();
    expect(parseMemberCall(['5-1', 1, 'setBounds', [value, value, value, value]])).toBeNull();
    expect(isCurrentWindowRequest(['5-1', value])).toBe(false);
  });

  it.each([
    [[]],
    [['5-1']],
    [['5-1', 1]],
    [['5-1', 1, 'bounds']],
    [['5-1', 1, 'bounds', [], 1]],
    [['x'.repeat(100), 1, 'bounds', []]],
    [['5-1', 0, 'bounds', []]],
    [['5-1', '1', 'bounds', []]],
    [call('constructor')],
    [call('__proto__')],
    [call('setOpacity', 0.2)],
    [call('setOpacity', Number.NaN)],
    [call('setOpacity', 1, 1)],
    [call('setBounds', 0, 0, 0, 1)],
    [call('setBounds', 0, 0, 1e9, 1)],
    [call('keepOnTop', 1)],
    [['5-1', 1, 'keepOnTop', [{ ...plain(true), more: 1 }]]],
  ])('rejects the call %j', (args) => {
    expect(parseMemberCall(args)).toBeNull();
  });
});

describe('responses from @electron/remote', () => {
  it('finds the id of the window', () => {
    expect(idInReply({ type: 'object', name: '', id: 3, members: [], proto: null })).toBe(3);
    expect(idInReply({ type: 'function', id: 3 })).toBeNull();
    expect(idInReply(exceptionReply('x'))).toBeNull();
    expect(idInReply(undefined)).toBeNull();
  });

  it('passes on nothing and four numbers, but no object of main', () => {
    const members = [1, 2, 3, 4].map(plain);
    expect(isPlainReply(plain(undefined))).toBe(true);
    expect(isPlainReply({ type: 'array', members })).toBe(true);
    expect(isPlainReply({ type: 'array', members: [...members, plain(5)] })).toBe(false);
    expect(isPlainReply({ type: 'array', members: members.map((one) => ({ ...one, id: 1 })) })).toBe(false);
    expect(isPlainReply({ type: 'object', id: 1, members: [] })).toBe(false);
    expect(isPlainReply({ type: 'function', id: 1 })).toBe(false);
    expect(isPlainReply(plain('text'))).toBe(false);
    expect(isPlainReply(exceptionReply('x'))).toBe(false);
  });
});
