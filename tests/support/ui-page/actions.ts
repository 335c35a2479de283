import type { Page } from 'playwright-core';
import type { CallState, PullState } from '../../../common/bridge/bridge.ts';
import type { PlayerState } from '../../../renderer/media/shared/player-types.ts';
import type {} from './page.tsx';
import { MAYA, OTHER_TICKET } from './samples.ts';

const pull: PullState = {
  ticket: OTHER_TICKET,
  state: 'connecting',
  failure: null,
  retryAtMs: null,
  downloadBps: 0,
};

/** Changes main's pull state for `OTHER_TICKET`. */
export async function setPull(page: Page, patch: Partial<PullState>): Promise<void> {
  await page.evaluate((next) => window.harness.bridge.change({ pulls: [next] }), { ...pull, ...patch });
}

/** Changes the state of the newest player. */
export async function setPlayer(page: Page, patch: Partial<PlayerState>): Promise<void> {
  await page.evaluate((next) => window.harness.media.players.at(-1)?.change(next), patch);
}

/** Makes the pull and the newest player live. */
export async function play(page: Page): Promise<void> {
  await setPull(page, { state: 'live', downloadBps: 2_430_000 });
  await page.evaluate(() => window.harness.media.players.at(-1)?.play());
}

/** Goes live from the Home screen. */
export async function goLive(page: Page, source = 'camera'): Promise<void> {
  await page.getByTestId('go-live').click();
  await page.getByTestId(`source-${source}`).click();
  await page.getByTestId('start-live').click();
  await page.getByTestId('stop-live').waitFor();
}

/** Opens the Watch screen from the Home screen. */
export async function watch(page: Page): Promise<void> {
  await page.getByTestId('ticket-input').fill(OTHER_TICKET);
  await page.getByTestId('watch-button').click();
  await page.getByTestId('watch-state').waitFor({ state: 'attached' });
}

/** Makes a device of the broadcast fail. */
export async function setProblem(
  page: Page,
  device: 'camera' | 'microphone',
  fault: 'denied' | 'busy',
  message: string,
): Promise<void> {
  await page.evaluate(
    (next) =>
      window.harness.media.publisher.change({
        problem: next,
        video: next.device === 'camera' ? 'failed' : 'on',
        ...(next.device === 'camera' ? { preview: null } : { audio: 'failed' as const }),
      }),
    {
      device,
      fault,
      message,
    },
  );
}

/** Makes a device fail during the broadcast. */
export async function setCall(page: Page, patch: Partial<CallState>): Promise<void> {
  await page.evaluate((next) => window.harness.bridge.setCall({ id: 'call-1', ...next }), patch);
}

/** Sets the waiting calls. */
export async function setWaiting(
  page: Page,
  callers: (Partial<CallState> & { id: string })[],
): Promise<void> {
  await page.evaluate((next) => window.harness.bridge.setWaiting(next), callers);
}

/** Makes the call active, with video in both directions. */
export async function talk(page: Page, patch: Partial<CallState> = {}): Promise<void> {
  await page.getByTestId('go-live').waitFor();
  await setCall(page, {
    state: 'active',
    direction: 'out',
    remote: MAYA,
    hasMedia: true,
    activeAtMs: Date.now() - 194_000,
    ...patch,
  });
  await page.getByTestId('call').waitFor();
  await page.evaluate(() => window.harness.media.players.at(-1)?.play());
  await page.locator('[data-testid=call-own] video:visible').waitFor();
}
