import { expect, it } from 'vitest';
import { relayDialer } from '../../../../main/push/push-dial.ts';

/** A URL at which no server listens, so WebSocket fails immediately. */
const NOWHERE = 'https://127.0.0.1:1/';

// WebTransport is replaced by a fake, because the real addon does not load on every machine.
it('retries WebTransport a while after a failure, but not with every dial', async () => {
  let nowMs = 0;
  let tried = 0;
  const webTransport = async () => {
    tried += 1;
    throw new Error('no UDP here');
  };
  const never = () => Promise.reject(new Error('not over iroh'));
  const dial = relayDialer(NOWHERE, '', never, { nowMs: () => nowMs, webTransport });
  const attempt = () => dial?.(AbortSignal.timeout(5_000)).catch(() => undefined);
  await attempt();
  await attempt();
  expect(tried).toBe(1);
  nowMs = 60_000;
  await attempt();
  await attempt();
  expect(tried).toBe(2);
  const plain = relayDialer('http://127.0.0.1:1/', '', never, { nowMs: () => nowMs, webTransport });
  await plain?.(AbortSignal.timeout(5_000)).catch(() => undefined);
  expect(tried).toBe(2);
});
