import { expect, it } from 'vitest';
import { pushDial } from '../../../../main/live/push-dial.ts';

/** Nobody listens there: WebSocket fails at once. */
const NOWHERE = 'https://127.0.0.1:1/';

// WebTransport is one in its place: the real one does not load on every machine that tests run on.
it('tries WebTransport again some time after it failed, and not at every call', async () => {
  let nowMs = 0;
  let tried = 0;
  const webTransport = async () => {
    tried += 1;
    throw new Error('no UDP here');
  };
  const never = () => Promise.reject(new Error('not over iroh'));
  const dial = pushDial(NOWHERE, '', never, { nowMs: () => nowMs, webTransport });
  const call = () => dial?.(AbortSignal.timeout(5_000)).catch(() => undefined);
  await call();
  await call();
  expect(tried).toBe(1);
  nowMs = 60_000;
  await call();
  await call();
  expect(tried).toBe(2);
  const plain = pushDial('http://127.0.0.1:1/', '', never, { nowMs: () => nowMs, webTransport });
  await plain?.(AbortSignal.timeout(5_000)).catch(() => undefined);
  expect(tried).toBe(2);
});
