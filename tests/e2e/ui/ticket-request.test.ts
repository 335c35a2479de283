import type { Page } from 'playwright-core';
import { beforeEach, describe, expect, it } from 'vitest';
import type { CallState, InterruptedCall, TicketRequest } from '../../../common/bridge/bridge.ts';
import { setCall } from '../../support/ui-page/actions.ts';
import { MAYA, OTHER_TICKET, PEER } from '../../support/ui-page/samples.ts';
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
  ring?: { id: string; peer: string; state?: CallState['state'] };
  focus?: boolean;
  /** Test id of a button to click. */
  press?: string;
}

/**
 * Applies a change, clicks the given buttons as soon as they appear, and returns whether all of them were
 * disabled. Runs in the page, because a round trip to it might take longer than the buttons stay disabled.
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

/** Starts a call that the user has dialed. */
const startCall = (): Promise<void> =>
  setCall(page, { direction: 'out', state: 'active', remote: MAYA, activeAtMs: Date.now() });
/** The text of the elements to which the dialog's `aria-describedby` refers, in order. */
const descriptions = (): Promise<string[]> =>
  dialog().evaluate((described) => {
    const ids = described.getAttribute('aria-describedby')?.split(' ') ?? [];
    return ids.map((id) => document.getElementById(id)?.textContent?.trim() ?? `no #${id}`);
  });

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

  it('makes way for an incoming call, and the buttons of both are disabled at first', async () => {
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

  it('is followed by the newest other ticket, which also cannot be confirmed immediately', async () => {
    await open(page, ui.url, at());
    await show(callRequest);
    await confirm().and(page.locator(':enabled')).waitFor();
    const next = { id: 'request-2', ticket: OTHER_TICKET, origin: 'second-instance' } as const;
    expect(await disabledAfter({ show: next }, 'confirm-ticket')).toBe(true);
    await page.locator('[data-testid=ticket-request][data-action=watch]').waitFor();
    await confirm().click();
    await page.getByTestId('watch-state').waitFor({ state: 'attached' });
    expect(await acts()).toEqual(['ticket.confirm']);
    expect(await ui.requests('ticket.confirm')).toEqual([{ id: 'request-2' }]);
  });

  it('cannot start a call during a call', async () => {
    await open(page, ui.url, at());
    await startCall();
    await show({ ...callRequest, ticket: OTHER_CALL_TICKET });
    await page.getByTestId('show-ticket').click();
    const problem = 'You are in a call. Hang up before you call someone else.';
    await page.getByText(problem).waitFor();
    expect(await page.getByRole('alert').textContent()).toBe(problem);
    expect(await descriptions()).toEqual([
      'A link wants to start this call. Nothing has been sent yet.',
      `Not in your contactsTheir ID: ${OTHER_PEER.replace(/.{8}(?=.)/g, '$& ')}`,
      problem,
      expect.stringContaining('Your camera and microphone turn on when they answer.'),
    ]);
    expect(await confirm().count()).toBe(0);
    await page.getByTestId('discard-ticket').click();
    await dialog().waitFor({ state: 'detached' });
  });

  it('does not become a call under the pointer when the peer of the current call hangs up', async () => {
    await open(page, ui.url, at());
    await startCall();
    await show(callRequest);
    await page.getByTestId('show-ticket').click();
    await page.getByText('Hang up before you call someone else').waitFor();
    // Wait for longer than a new button stays disabled.
    await page.waitForTimeout(1_500);
    const hungUp = { id: 'call-1', peer: PEER, state: 'ended' } as const;
    expect(await disabledAfter({ ring: hungUp }, 'confirm-ticket')).toBe(true);
    expect(await acts()).not.toContain('ticket.confirm');
    await confirm().and(page.locator(':enabled')).waitFor();
    await confirm().click();
    await expect.poll(acts).toContain('ticket.confirm');
  });

  it('appears only as a notice during a call, and leaves the focus and the keys to the call', async () => {
    await open(page, ui.url, at());
    await startCall();
    await page.getByTestId('call-mute').focus();
    const focused = () => page.evaluate(() => document.activeElement?.getAttribute('data-testid'));
    for (let i = 0; i < 20; i++) await show({ ...callRequest, id: `request-${i}` });
    const notice = page.getByTestId('ticket-notice');
    await notice.waitFor();
    expect(await notice.count()).toBe(1);
    expect(await notice.textContent()).toContain('A call ticket was opened outside this window.');
    expect([await dialog().count(), await focused()]).toEqual([0, 'call-mute']);
    await page.keyboard.press('m');
    await page.locator('[data-testid=call-mute][aria-pressed=true]').waitFor();
    const overlap = await page.evaluate(() => {
      const rect = (id: string) => document.querySelector(`[data-testid="${id}"]`)?.getBoundingClientRect();
      const [note, hangUp] = [rect('ticket-notice'), rect('hang-up')];
      return !note || !hangUp || note.bottom > hangUp.top;
    });
    expect(overlap).toBe(false);
    // The peer must not be able to choose when the dialog opens.
    await setCall(page, { state: 'ended', message: 'Maya hung up.' });
    await page.getByTestId('call-again').waitFor();
    expect(await dialog().count()).toBe(0);
    await notice.getByTestId('discard-ticket').click();
    await notice.waitFor({ state: 'detached' });
    expect(await ui.requests('ticket.discard')).toEqual([{ id: 'request-19' }]);
  });

  it('keeps waiting if it cannot be opened', async () => {
    await open(page, ui.url, at());
    await show(callRequest);
    await page.evaluate(() => window.harness.bridge.failing.set('ticket.confirm', 'Try again.'));
    await confirm().click();
    await page.getByText('Could not start the call: Try again.').waitFor();
    await confirm().and(page.locator(':enabled')).waitFor();
    await page.evaluate(() => window.harness.bridge.failing.clear());
    await confirm().click();
    await page.getByTestId('call').waitFor();
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

  it('is called again after a click, and opens no device before the click', async () => {
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
