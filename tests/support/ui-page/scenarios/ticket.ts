import type { Page } from 'playwright-core';
import type { TicketRequest } from '../../../../common/bridge/bridge.ts';
import { parseTicket } from '../../../../common/ticket/ticket.ts';
import { talk } from '../actions.ts';
import { connection, LONG_NAME, MAYA, OTHER_TICKET, PEER, recents } from '../samples.ts';
import { type Scenario, settings } from '../scenario.ts';

/** Endpoint id of the publisher in `OTHER_TICKET`. */
export const OTHER_PEER = parseTicket(OTHER_TICKET).endpointId;
/** A call ticket for the publisher in `OTHER_TICKET`. */
export const OTHER_CALL_TICKET = OTHER_TICKET.replace(/[^/]*$/, 'call');

/** A request to dial a call ticket from a link. The app waits for the user to confirm or discard it. */
export const callRequest: TicketRequest = { id: 'request-1', ticket: OTHER_CALL_TICKET, origin: 'link' };
const watchRequest: TicketRequest = { id: 'request-1', ticket: OTHER_TICKET, origin: 'command-line' };
const maya = { peer: OTHER_PEER, name: 'Maya', access: 'ask' } as const;

const shown = 'ticket-request';

/** Waits until the user can confirm the request. */
async function canConfirm(page: Page): Promise<void> {
  await page.getByTestId('confirm-ticket').and(page.locator(':enabled')).waitFor();
}

/** Delivers a request to dial, and waits for the notice that a call shows about it. */
async function requestCall(page: Page): Promise<void> {
  await page.evaluate((ticketRequest) => window.harness.bridge.change({ ticketRequest }), callRequest);
  await page.getByTestId('ticket-notice').waitFor();
}

async function requestCallInCompactWindow(page: Page): Promise<void> {
  await page.setViewportSize({ width: 360, height: 250 });
  await talk(page);
  await page.evaluate(() => window.harness.app.compactWindow.enter());
  await requestCall(page);
}

/** Opens the request from the call's notice. */
async function showRequest(page: Page): Promise<void> {
  await page.getByTestId('show-ticket').click();
  await page.getByTestId(shown).waitFor();
}

/** Scenarios for tickets from outside the window, and for the prompt to call again after a crash. */
export const ticketScenarios: readonly Scenario[] = [
  {
    name: 'ticket-call',
    start: { state: { recents, ticketRequest: callRequest } },
    reach: canConfirm,
  },
  {
    name: 'ticket-call-contact',
    start: {
      state: { ticketRequest: callRequest, contacts: [maya], settings: settings({ displayName: 'Anna' }) },
    },
    reach: canConfirm,
  },
  {
    name: 'ticket-call-blocked',
    start: {
      state: {
        ticketRequest: { ...callRequest, origin: 'second-instance' },
        contacts: [{ ...maya, name: LONG_NAME, access: 'blocked' }],
        settings: settings({ displayName: LONG_NAME }),
      },
    },
    reach: async (page) => void (await page.getByTestId(shown).waitFor()),
  },
  {
    name: 'ticket-watch',
    start: { state: { recents, ticketRequest: watchRequest, contacts: [maya] } },
    reach: canConfirm,
  },
  {
    name: 'ticket-call-busy',
    start: { state: { connections: [connection({})] } },
    reach: async (page) => {
      await talk(page);
      await requestCall(page);
      await showRequest(page);
    },
  },
  {
    name: 'ticket-call-notice',
    start: { state: { connections: [connection({})] } },
    reach: async (page) => {
      await talk(page);
      await requestCall(page);
    },
  },
  {
    name: 'ticket-call-compact-notice',
    start: { electron: true, state: { connections: [connection({})] } },
    reach: requestCallInCompactWindow,
  },
  {
    name: 'ticket-call-compact',
    start: { electron: true, state: { connections: [connection({})] } },
    reach: async (page) => {
      await requestCallInCompactWindow(page);
      await showRequest(page);
    },
  },
  {
    name: 'call-interrupted',
    start: {
      state: {
        recents,
        interruptedCall: {
          ...{ peer: PEER, direction: 'out', contactName: 'Maya', earlierName: null, remote: MAYA },
          ...{ muted: false, pictureOff: false },
        },
      },
    },
    reach: async (page) => void (await page.getByTestId('redial-interrupted').waitFor()),
  },
];
