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

/** Scenarios for tickets from outside the window, and for the prompt to call again after a crash. */
export const ticketScenarios: readonly Scenario[] = [
  {
    name: 'ticket-call',
    start: { state: { recents, ticketRequest: callRequest } },
    reach: async (page) =>
      void (await page.getByTestId('confirm-ticket').and(page.locator(':enabled')).waitFor()),
  },
  {
    name: 'ticket-call-contact',
    start: {
      state: { ticketRequest: callRequest, contacts: [maya], settings: settings({ displayName: 'Anna' }) },
    },
    reach: async (page) =>
      void (await page.getByTestId('confirm-ticket').and(page.locator(':enabled')).waitFor()),
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
    reach: async (page) =>
      void (await page.getByTestId('confirm-ticket').and(page.locator(':enabled')).waitFor()),
  },
  {
    name: 'ticket-call-busy',
    start: { state: { connections: [connection({})] } },
    reach: async (page) => {
      await talk(page);
      await page.evaluate((ticketRequest) => window.harness.bridge.change({ ticketRequest }), callRequest);
      await page.getByTestId('show-ticket').click();
      await page.getByTestId(shown).waitFor();
    },
  },
  {
    name: 'ticket-call-notice',
    start: { state: { connections: [connection({})] } },
    reach: async (page) => {
      await talk(page);
      await page.evaluate((ticketRequest) => window.harness.bridge.change({ ticketRequest }), callRequest);
      await page.getByTestId('ticket-notice').waitFor();
    },
  },
  {
    name: 'ticket-call-compact-notice',
    start: { electron: true, state: { connections: [connection({})] } },
    reach: async (page) => {
      await page.setViewportSize({ width: 360, height: 250 });
      await talk(page);
      await page.evaluate(() => window.harness.app.compactWindow.enter());
      await page.evaluate((ticketRequest) => window.harness.bridge.change({ ticketRequest }), callRequest);
      await page.getByTestId('ticket-notice').waitFor();
    },
  },
  {
    name: 'ticket-call-compact',
    start: { electron: true, state: { connections: [connection({})] } },
    reach: async (page) => {
      await page.setViewportSize({ width: 360, height: 250 });
      await talk(page);
      await page.evaluate(() => window.harness.app.compactWindow.enter());
      await page.evaluate((ticketRequest) => window.harness.bridge.change({ ticketRequest }), callRequest);
      await page.getByTestId('show-ticket').click();
      await page.getByTestId(shown).waitFor();
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
