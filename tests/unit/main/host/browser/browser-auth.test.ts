import { expect, test } from 'vitest';
import { BrowserAuth } from '../../../../../main/host/browser/browser-auth.ts';

const tokenOf = (url: string): string => new URL(url).searchParams.get('token') ?? '';

test('a launch token works once, and only for a minute', () => {
  let nowMs = 0;
  const auth = new BrowserAuth(1, () => nowMs);
  const [used, late] = [tokenOf(auth.launchUrl()), tokenOf(auth.launchUrl())];
  nowMs = 59_000;
  expect([auth.redeemToken(used), auth.redeemToken(used)]).toEqual([true, false]);
  nowMs = 60_000;
  expect(auth.redeemToken(late)).toBe(false);
  // A token that was refused once stays invalid, even if the clock is set back.
  nowMs = 0;
  expect(auth.redeemToken(late)).toBe(false);
});

test('launch tokens do not accumulate: only the newest eight work', () => {
  const auth = new BrowserAuth(1);
  const tokens = Array.from({ length: 20 }, () => tokenOf(auth.launchUrl()));
  expect(tokens.map((token) => auth.redeemToken(token)).indexOf(true)).toBe(12);
  expect(tokens.map((token) => auth.redeemToken(token))).not.toContain(true);
});

test('the token in the printed address works for as long as the process runs', () => {
  let nowMs = 0;
  const auth = new BrowserAuth(1, () => nowMs);
  nowMs = 86_400_000;
  expect([auth.redeemToken(auth.token), auth.redeemToken(auth.token)]).toEqual([true, true]);
});
