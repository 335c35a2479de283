import { Path } from '@moq/net';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Store } from '../../../../../common/base/store.ts';
import { loadBundled } from '../../../../support/media-page/bundled.ts';

type Publishing = typeof import('../../../../support/media-page/publishing.ts');
const { LivePublisher, ReconnectingSession } = await loadBundled<Publishing>(
  new URL('../../../../support/media-page/publishing.ts', import.meta.url),
);

/**
 * A session that never connects to main, so that goLive() keeps waiting. tests/e2e covers the whole process
 * of going live.
 */
let session: InstanceType<typeof ReconnectingSession>;
let publisher: InstanceType<typeof LivePublisher>;

beforeEach(async () => {
  session = new ReconnectingSession({
    reachable: new Store(false),
    open: (signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason));
      }),
  });
  publisher = new LivePublisher(session, (name) => Path.from('live', name));
  await publisher.setVideoOff(true);
});

afterEach(async () => {
  await publisher.close();
  await session.close();
});

it('applies the last start if a stop and a new start follow immediately, and can still be stopped', async () => {
  const first = publisher.goLive('one').catch((error: unknown) => String(error));
  await new Promise((resolve) => setTimeout(resolve, 20));
  // Like the views, the test does not wait for `first` to settle.
  const stopped = [publisher.stop(), publisher.setVideoOff(true)];
  const second = publisher.goLive('two').catch((error: unknown) => String(error));
  await Promise.all(stopped);
  expect(await first).toBe('Error: stopped');
  expect(publisher.state.get()).toMatchObject({ phase: 'starting', name: 'two' });
  await publisher.stop();
  expect(await second).toBe('Error: stopped');
  expect(publisher.state.get()).toMatchObject({ phase: 'idle', name: null });
});

it.each([
  ['app', /^The app’s background process is not responding/],
  ['relay', /^The relay is not responding/],
] as const)('names the program that does not answer (%s)', async (host, words) => {
  const other = new LivePublisher(session, (name) => Path.from(name), host);
  await other.setVideoOff(true);
  // The deadline is in the past, because the test does not wait ten seconds for it.
  const timeout = vi.spyOn(AbortSignal, 'timeout').mockReturnValue(AbortSignal.abort(new Error('timeout')));
  await expect(other.goLive('one')).rejects.toThrow(words);
  timeout.mockRestore();
  await other.close();
});
