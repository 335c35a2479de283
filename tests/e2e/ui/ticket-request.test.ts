import type { Page } from 'playwright-core';
import { beforeEach, describe, expect, it } from 'vitest';
import type { InterruptedCall, TicketRequest } from '../../../common/bridge/bridge.ts';
import { setCall } from '../../support/ui-page/actions.ts';
import { OTHER_TICKET, PEER } from '../../support/ui-page/samples.ts';
import { at, open } from '../../support/ui-page/scenario.ts';
import { callRequest, OTHER_CALL_TICKET, OTHER_PEER } from '../../support/ui-page/scenarios/ticket.ts';
import { useUi } from '../../support/ui-page/ui-fixture.ts';

const ui = useUi();
let page: Page;
beforeEach(() => {
  page = ui.page;
});

const show = (ticketRequest: TicketRequest | null): Promise<void> =>
  page.evaluate((next) => window.harness.bridge.change({ ticketRequest: next }), ticketRequest);
/** A change that a test makes in the window. */
interface Change {
  show?: TicketRequest;
  ring?: { id: string; peer: string };
  focus?: boolean;
  /** Test id of a button to click. */
  press?: string;
}

/**
 * Applies a change, and clicks the given buttons as soon as they have rendered. Returns whether all of them
 * were disabled. Runs entirely in the page, because the buttons may be enabled before a round trip to the
 * page completes.
 */
const disabledAfter = (change: Change, ...ids: string[]): Promise<boolean> =>
  page.evaluate(
    async ([{ show, ring, focus, press }, buttons]) => {
      const { bridge } = window.harness;
      const find = (id: string) => document.querySelector<HTMLButtonElement>(`[data-testid="${id}"]`);
      if (show) bridge.change({ ticketRequest: show });
      if (ring) bridge.setCall(ring);
      if (focus) window.dispatchEvent(new Event('focus'));
      if (press !== undefined) find(press)?.click();
      await new Promise((done) => setTimeout(done, 60));
      for (const id of buttons) find(id)?.click();
      return buttons.every((id) => find(id)?.disabled === true);
    },
    [change, ids] as const,
  );
const dialog = () => page.getByTestId('ticket-request');
const confirm = () => page.getByTestId('confirm-ticket');
/** Returns the names of the page's bridge requests about tickets, calls and recents. */
const acts = (): Promise<string[]> =>
  page.evaluate(() =>
    window.harness.bridge.log
      .map(({ name }) => name as string)
      .filter((name) => /^(ticket|call|recents)\./.test(name)),
  );

describe('a ticket from outside the window', () => {
  it('is announced, and neither Enter nor Space confirms it', async () => {
    await open(page, ui.url, at());
    await show(callRequest);
    await dialog().waitFor();
    expect(await ui.focusedText()).toBe('Call this person?');
    const role = page.getByRole('alertdialog', { name: 'Call this person?' });
    expect(await role.count()).toBe(1);
    const shownId = (await dialog().locator('code').textContent()) ?? '';
    expect(shownId.replaceAll(' ', '')).toBe(OTHER_PEER);
    await confirm().and(page.locator(':enabled')).waitFor();
    await page.keyboard.press('Enter');
    await page.keyboard.press(' ');
    expect(await acts()).toEqual([]);
    // The Cancel button comes first in the tab order.
    await page.keyboard.press('Tab');
    expect(await ui.focusedText()).toBe('Cancel');
    await page.keyboard.press('Escape');
    await dialog().waitFor({ state: 'detached' });
    expect(await acts()).toEqual(['ticket.discard']);
  });

  it('is not confirmed by a click that was meant for something else', async () => {
    await open(page, ui.url, at());
    expect(await disabledAfter({ show: callRequest }, 'confirm-ticket')).toBe(true);
    // A click outside the dialog also does nothing.
    await page.mouse.click(5, 5);
    expect(await acts()).toEqual([]);
    await confirm().and(page.locator(':enabled')).waitFor();
    // The window gets the focus while the dialog is already open.
    expect(await disabledAfter({ focus: true }, 'confirm-ticket')).toBe(true);
    expect(await acts()).toEqual([]);
    await confirm().click();
    await page.getByTestId('call').waitFor();
    expect(await acts()).toEqual(['call.claim', 'ticket.confirm']);
  });

  it('makes way for an incoming call, whose buttons also wait, and then starts to wait again', async () => {
    await open(page, ui.url, at());
    await show(callRequest);
    await confirm().and(page.locator(':enabled')).waitFor();
    const ring = { id: 'call-1', peer: OTHER_PEER };
    expect(await disabledAfter({ ring }, 'accept-video', 'accept-sound')).toBe(true);
    expect(await dialog().count()).toBe(0);
    expect(await page.getByTestId('decline').isEnabled()).toBe(true);
    expect(await disabledAfter({ press: 'decline' }, 'confirm-ticket')).toBe(true);
    expect(await acts()).toEqual(['call.decline', 'call.dismiss']);
  });

  it('is followed by the newest other one, which also waits before it can be confirmed', async () => {
    await open(page, ui.url, at());
    await show(callRequest);
    await confirm().and(page.locator(':enabled')).waitFor();
    const next = { id: 'request-2', ticket: OTHER_TICKET, origin: 'second-instance' } as const;
    expect(await disabledAfter({ show: next }, 'confirm-ticket')).toBe(true);
    await page.locator('[data-testid=ticket-request][data-action=watch]').waitFor();
    await confirm().click();
    await page.getByTestId('watch-state').waitFor({ state: 'attached' });
    expect(await acts()).toEqual(['ticket.confirm', 'recents.touch']);
    expect(await ui.requests('ticket.confirm')).toEqual([{ id: 'request-2' }]);
  });

  it('cannot start a call during a call', async () => {
    await open(page, ui.url, at());
    await setCall(page, { direction: 'out', state: 'active', activeAtMs: Date.now() });
    await show({ ...callRequest, ticket: OTHER_CALL_TICKET });
    await page.getByText('Hang up before you call somebody else').waitFor();
    expect(await confirm().count()).toBe(0);
    await page.getByTestId('discard-ticket').click();
    await dialog().waitFor({ state: 'detached' });
  });
});

describe('a call that was active when the app was killed', () => {
  const interruptedCall: InterruptedCall = {
    peer: PEER,
    direction: 'out',
    contactName: 'Maya',
    earlierName: null,
    remote: null,
    muted: true,
    pictureOff: false,
  };

  it('is called again after a click, and opens no device before', async () => {
    await open(page, ui.url, at({ state: { interruptedCall } }));
    await page.getByText('You were in a call with').waitFor();
    const video = () => page.evaluate(() => window.harness.media.callPublisher.state.get().video);
    expect([await acts(), await video()]).toEqual([[], 'off']);
    await page.getByTestId('redial-interrupted').click();
    await page.locator('[data-testid=call][data-state=dialing]').waitFor();
    expect(await acts()).toEqual(['call.claim', 'call.redialInterrupted']);
    expect(await video()).toBe('off');
  });

  it('is dismissed', async () => {
    await open(page, ui.url, at({ state: { interruptedCall } }));
    await page.getByRole('button', { name: 'Dismiss' }).click();
    await page.getByText('You were in a call with').waitFor({ state: 'detached' });
    expect(await acts()).toEqual(['call.dismissInterrupted']);
  });
});
