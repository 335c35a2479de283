import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterEach, describe, expect, it } from 'vitest';
import type { JsonEvent } from '../../main/app/json-events.ts';
import { newDataDir, startAppProcess } from '../support/app-process.ts';
import { useAppWindows } from '../support/app-windows.ts';
import { canRunElectron, useElectron } from '../support/electron-app.ts';
import { type LinkAttacker, startLinkAttacker } from '../support/link-attacker.ts';
import { run } from '../support/processes.ts';
import { sleep, waitFor } from '../support/wait.ts';

/**
 * Tests, in the real windows of both hosts, that a link does not make the app dial, accept a call or open a
 * device before the user clicks. The attacker accepts and counts all connections, and can call the app at the
 * same time.
 */

if (!canRunElectron) {
  process.stderr.write('SKIPPED: hostile links in Electron: no Electron runtime or no display\n');
}

const NAME = 'Anna Example';
/** How long to check that the app does nothing. A dial over loopback would take only tens of milliseconds. */
const OBSERVED_MS = 2_500;

/** Runs in the page. Counts requests for a camera, a microphone or a screen. */
function countCaptures(): void {
  const { mediaDevices } = navigator;
  if (!mediaDevices) return;
  Object.assign(window, { captures: 0 });
  for (const method of ['getUserMedia', 'getDisplayMedia'] as const) {
    const open = mediaDevices[method].bind(mediaDevices);
    mediaDevices[method] = (constraints) => {
      (window as unknown as { captures: number }).captures += 1;
      return open(constraints);
    };
  }
}

/** A running app that the attacker targets. */
interface Victim {
  page: Page;
  events: readonly JsonEvent[];
  callTicket: string;
  /**
   * Starts the app again with the same data folder. Resolves to the new process's events when it has exited.
   */
  startAgain(...args: string[]): Promise<JsonEvent[]>;
}

let attacker: LinkAttacker;
const windows = useAppWindows({ init: countCaptures });
const startElectron = useElectron();
afterEach(() => attacker?.close());

const hosts: readonly { name: string; skipped: boolean; start(args: readonly string[]): Promise<Victim> }[] =
  [
    { name: 'Electron', skipped: !canRunElectron, start: startInElectron },
    { name: 'the browser host', skipped: false, start: startInBrowser },
  ];

function namedDataDir(): string {
  const dataDir = newDataDir();
  writeFileSync(join(dataDir, 'settings.json'), JSON.stringify({ displayName: NAME }));
  return dataDir;
}

async function startInElectron(args: readonly string[]): Promise<Victim> {
  const dataDir = namedDataDir();
  const started = await startElectron({ args: ['--data-dir', dataDir, '--autostart', 'call', ...args] });
  const { app, page, events } = started;
  const { ticket } = await started.event('live');
  // Reload the page, so that the counter runs before the page's own scripts. The main process keeps the
  // ticket.
  await app.context().addInitScript(countCaptures);
  await page.reload();
  const runtime = join(process.env.ELECTRON_OVERRIDE_DIST_PATH ?? '', 'electron');
  const base = [
    '--no-sandbox',
    '--disable-gpu',
    '.',
    '--json',
    '--data-dir',
    dataDir,
    '--iroh-relay',
    'disabled',
  ];
  return { page, events, callTicket: ticket, startAgain: (...more) => runToEnd(runtime, [...base, ...more]) };
}

async function startInBrowser(args: readonly string[]): Promise<Victim> {
  const dataDir = namedDataDir();
  const app = await startAppProcess({ dataDir, args: ['--autostart', 'call', ...args] });
  const page = await windows.open(app);
  const { ticket } = await app.event('live');
  const base = ['scripts/start.mjs', '--host', 'browser', '--no-open', '--json', '--data-dir', dataDir];
  return {
    page,
    events: app.events,
    callTicket: ticket,
    startAgain: (...more) => runToEnd('node', [...base, '--iroh-relay', 'disabled', ...more]),
  };
}

async function runToEnd(command: string, args: readonly string[]): Promise<JsonEvent[]> {
  const program = run(command, args);
  const events: JsonEvent[] = [];
  program.onLine((line) => events.push(JSON.parse(line) as JsonEvent));
  await waitFor(`the end of ${command}: ${program.stderr()}`, () => program.child.exitCode !== null, 30_000);
  return events;
}

/** Checks that the app has not connected to the attacker, opened a device, or started to call or watch. */
async function expectNothingDone({ page, events }: Victim): Promise<void> {
  await sleep(OBSERVED_MS);
  expect(attacker.connections).toEqual([]);
  expect(attacker.names).toEqual([]);
  expect(await page.evaluate(() => (window as unknown as { captures: number }).captures)).toBe(0);
  expect(await page.locator('[data-testid=call], [data-testid=watch-state]').count()).toBe(0);
  const states = events.flatMap((event) =>
    event.event === 'call' ? [`${event.direction} ${event.state}`] : [],
  );
  expect(states.filter((state) => state !== 'in ringing')).toEqual([]);
}

describe.each(hosts)('a link in $name', ({ skipped, start }) => {
  it.skipIf(skipped)(
    'with a call ticket on the command line dials nobody before a click',
    async () => {
      attacker = await startLinkAttacker();
      const victim = await start([attacker.callTicket]);
      await victim.page
        .locator('[data-testid=ticket-request][data-action=call]')
        .waitFor({ timeout: 30_000 });
      const waiting = { event: 'ticket-request', ticket: attacker.callTicket, origin: 'command-line' };
      expect(victim.events).toContainEqual(waiting);
      await expectNothingDone(victim);
      // Pressing Enter and reloading the window must not dial either.
      await victim.page.keyboard.press('Enter');
      await victim.page.reload();
      await victim.page.getByTestId('ticket-request').waitFor();
      await expectNothingDone(victim);

      // The click dials, which proves that the attacker would have noticed an earlier dial.
      await victim.page.getByTestId('confirm-ticket').click();
      await waitFor('a connection', () => attacker.connections.length > 0);
      await waitFor('the display name', () => attacker.names.includes(NAME));
    },
    120_000,
  );

  it.skipIf(skipped)(
    'with a ticket for a broadcast connects to nobody, and leaves nothing after Escape',
    async () => {
      attacker = await startLinkAttacker();
      const victim = await start([attacker.watchTicket]);
      await victim.page
        .locator('[data-testid=ticket-request][data-action=watch]')
        .waitFor({ timeout: 30_000 });
      await expectNothingDone(victim);
      await victim.page.keyboard.press('Escape');
      await victim.page.getByTestId('ticket-request').waitFor({ state: 'detached' });
      await expectNothingDone(victim);
      await victim.page.reload();
      await victim.page.getByTestId('call-ticket').waitFor();
      expect(await victim.page.getByTestId('ticket-request').count()).toBe(0);
    },
    120_000,
  );

  it.skipIf(skipped)(
    'opened in a second instance neither accepts the attacker’s call nor turns on options',
    async () => {
      attacker = await startLinkAttacker();
      const victim = await start([]);
      await victim.page.getByTestId('call-ticket').waitFor();
      const hangUp = await attacker.ring(victim.callTicket);
      await victim.page.getByTestId('ringing').waitFor();
      const events = await victim.startAgain('--auto-accept', '--autostart', 'camera', attacker.callTicket);
      expect(events.map(({ event }) => event)).toEqual(['handed-over']);
      await expectNothingDone(victim);
      // While the dialog for the incoming call is open, the dialog for the ticket stays closed.
      expect(await victim.page.getByTestId('ringing').count()).toBe(1);
      expect(await victim.page.getByTestId('ticket-request').count()).toBe(0);
      await victim.page.getByTestId('decline').click();
      await victim.page.getByTestId('ticket-request').waitFor();
      hangUp();

      // More links do not replace the ticket in the dialog. Afterward, the dialog shows only the newest
      // link's ticket.
      const shownId = await victim.page.getByTestId('ticket-request').locator('code').textContent();
      for (const name of ['one', 'two', 'three']) {
        await victim.startAgain(attacker.watchTicket.replace(/hello$/, name));
      }
      expect(await victim.page.getByTestId('ticket-request').getAttribute('data-action')).toBe('call');
      expect(await victim.page.getByTestId('ticket-request').locator('code').textContent()).toBe(shownId);
      await victim.page.getByTestId('discard-ticket').click();
      await victim.page.getByText('Watch “three”?').waitFor();
      await victim.page.getByTestId('discard-ticket').click();
      await victim.page.getByTestId('ticket-request').waitFor({ state: 'detached' });
      expect(attacker.connections).toEqual([]);
      expect(attacker.names).toEqual([]);
    },
    180_000,
  );
});

describe.skipIf(!canRunElectron)('a link from the operating system in Electron', () => {
  it('that arrives while the attacker rings does not accept the call', async () => {
    attacker = await startLinkAttacker();
    const { app, page, event, events } = await startElectron({ args: ['--autostart', 'call'] });
    const { ticket } = await event('live');
    await app.context().addInitScript(countCaptures);
    await page.reload();
    await page.getByTestId('call-ticket').waitFor();
    await attacker.ring(ticket);
    await page.getByTestId('ringing').waitFor();
    // Only macOS delivers links with this event, so the test emits the event on the real application object.
    await app.evaluate(
      ({ app: electron }, link) => electron.emit('open-url', { preventDefault: () => undefined }, link),
      attacker.callTicket,
    );
    await expectNothingDone({ page, events, callTicket: ticket, startAgain: async () => [] });
    await page.getByTestId('decline').click();
    await page.getByText('A link wants to start this call.').waitFor();
  }, 120_000);
});
