import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { parseTicket } from '../../common/ticket/ticket.ts';
import type { JsonEvent } from '../../main/app/json-events.ts';
import type { Program } from '../../tests/support/processes.ts';
import { waitFor } from '../../tests/support/wait.ts';
import type { HostName, Stage } from './stage.ts';

const project = fileURLToPath(new URL('../../', import.meta.url));

/** A video transmission in progress from host `a` to host `b`, by the app or by WebRTC. */
export interface Run {
  pages: Readonly<Record<HostName, Page>>;
  /** Time at which the viewer requested the video, in milliseconds since the epoch. */
  askedMs: number;
  /** The app processes behind the pages, if there are any. */
  programs: readonly Program[];
  /** Final statistics of the app or of WebRTC, for the JSON file. */
  details(): Promise<object>;
  close(): Promise<void>;
}

/** A video transmission by the app. */
export interface AppRun extends Run {
  /** The part of the ticket before the broadcast's name. */
  address: string;
}

/** Options for starting the application. */
export interface AppOptions {
  /** Command-line options for Node, such as a module to load first. */
  node?: readonly string[];
  /** Returns environment variables to add on a host. */
  env?: (host: HostName) => Readonly<Record<string, string>>;
  /** Entry point of the application. Defaults to the entry point of the regular build. */
  cli?: string;
  /** Additional options for the viewer. */
  viewer?: readonly string[];
}

/** A running app with its window, and the events that it has printed so far. */
export interface Participant {
  program: Program;
  page: Page;
  events: JsonEvent[];
}

/**
 * Goes live on host `a` with the bench's camera and watches on host `b`. The app must be built first.
 * @throws Error with the programs' error output if a step times out
 */
export async function runApp(stage: Stage, options: AppOptions = {}): Promise<AppRun> {
  const participants: Participant[] = [];
  const close = async () => {
    for (const { page, program } of participants.splice(0)) {
      await page.context().close();
      await program.stop();
    }
  };
  try {
    const a = await startParticipant(stage, 'a', ['--autostart', 'camera'], options);
    participants.push(a);
    const b = await startParticipant(stage, 'b', options.viewer ?? [], options);
    participants.push(b);
    const ticket = await waitFor('a ticket', () => usableTicket(a.page, stage.irohRelay), 30_000);
    await b.page.getByTestId('ticket-input').fill(ticket);
    await a.page.evaluate(() => window.benchPublisher.reset());
    const askedMs = Date.now();
    await b.page.getByTestId('watch-button').click();
    return {
      pages: { a: a.page, b: b.page },
      askedMs,
      address: addressOf(ticket),
      programs: [a.program, b.program],
      details: async () => ({ events: b.events.filter(isRelevant), panel: await panelOf(b.page) }),
      close,
    };
  } catch (error) {
    const output = participants.map(({ program }) => program.stderr()).join('\n---\n');
    await close();
    throw new Error(`${String(error)}\n${output}`, { cause: error });
  }
}

/**
 * Starts the app and opens its window on a host.
 *
 * @throws Error with the program's error output if it does not become ready
 */
export async function startParticipant(
  stage: Stage,
  host: HostName,
  args: readonly string[],
  { node = [], env = () => ({}), cli = join(project, 'dist/main/cli.cjs') }: AppOptions,
): Promise<Participant> {
  const program = stage.exec(host, 'env', [
    ...Object.entries(env(host)).map(([name, value]) => `${name}=${value}`),
    ...[process.execPath, '--no-warnings', ...node, cli],
    ...['--host', 'browser', '--no-open', '--json', '--data-dir', stage.folder()],
    ...['--iroh-relay', stage.irohRelay],
    ...args,
  ]);
  const events: JsonEvent[] = [];
  program.onLine((line) => events.push(JSON.parse(line) as JsonEvent));
  try {
    const ready = await waitFor('ready', () => events.find((event) => event.event === 'ready'), 20_000);
    const page = await stage.page(host);
    await page.goto(ready.url);
    return { program, page, events };
  } catch (error) {
    throw new Error(`${String(error)}\n${program.stderr()}`, { cause: error });
  }
}

/**
 * Returns the ticket that the window shows; undefined if it is not complete yet. If the app uses a relay, the
 * ticket is complete once it includes the relay.
 */
export async function usableTicket(page: Page, irohRelay: string): Promise<string | undefined> {
  const shown = page.getByTestId('ticket');
  if (!(await shown.isVisible())) return undefined;
  const ticket = (await shown.textContent())?.trim() ?? '';
  const complete = irohRelay === 'disabled' || parseTicket(ticket).relayUrls.length > 0;
  return complete ? ticket : undefined;
}

/** Returns the part of a ticket before the broadcast's name. */
export function addressOf(ticket: string): string {
  return ticket.slice(0, ticket.indexOf('/'));
}

/** Returns the lines in the application's statistics panel. */
async function panelOf(page: Page): Promise<string[]> {
  const panel = page.getByTestId('stats');
  if (!(await panel.isVisible())) await page.keyboard.press('i');
  await panel.waitFor({ timeout: 5_000 });
  return panel.locator('p, li, dt, dd').allTextContents();
}

/**
 * Whether to keep an event. False for events that contain the ticket, which must stay secret, and for events
 * that repeat every second.
 */
function isRelevant({ event }: { event: string }): boolean {
  return event !== 'ready' && event !== 'live' && event !== 'stats';
}
