import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { parseTicket } from '../../common/ticket/ticket.ts';
import type { JsonEvent } from '../../main/app/json-events.ts';
import type { Program } from '../../tests/support/processes.ts';
import { waitFor } from '../../tests/support/wait.ts';
import type { HostName, Stage } from './stage.ts';

const project = fileURLToPath(new URL('../../', import.meta.url));

/** A picture on its way from a to b: by the application, or by WebRTC. */
export interface Run {
  pages: Readonly<Record<HostName, Page>>;
  /** When the viewer asked, in milliseconds since the epoch. */
  askedMs: number;
  /** The programs behind the pages, where there are any. */
  programs: readonly Program[];
  /** What the system itself says at the end, for the file. */
  details(): Promise<object>;
  close(): Promise<void>;
}

/** How a host's application is started. */
export interface AppOptions {
  /** Node's own options, such as a module to load first. */
  node?: readonly string[];
  env?: (host: HostName) => Readonly<Record<string, string>>;
  /** Of another build than the usual. */
  cli?: string;
  /** The viewer's own options. */
  viewer?: readonly string[];
}

interface Person {
  program: Program;
  page: Page;
  events: JsonEvent[];
}

/** Goes live at a with the bench's camera, and watches at b. The application must have been built. */
export async function runApp(stage: Stage, options: AppOptions = {}): Promise<Run> {
  const people: Person[] = [];
  const close = async () => {
    for (const { page, program } of people.splice(0)) {
      await page.context().close();
      await program.stop();
    }
  };
  try {
    const a = await person(stage, 'a', ['--autostart', 'camera'], options);
    people.push(a);
    const b = await person(stage, 'b', options.viewer ?? [], options);
    people.push(b);
    const ticket = await waitFor('a ticket', () => usableTicket(a.page, stage.irohRelay), 30_000);
    await b.page.getByTestId('ticket-input').fill(ticket);
    await a.page.evaluate(() => window.benchPublisher.reset());
    const askedMs = Date.now();
    await b.page.getByTestId('watch-button').click();
    return {
      pages: { a: a.page, b: b.page },
      askedMs,
      programs: [a.program, b.program],
      details: async () => ({ events: b.events.filter(isTelling), panel: await panelOf(b.page) }),
      close,
    };
  } catch (error) {
    const words = people.map(({ program }) => program.errors()).join('\n---\n');
    await close();
    throw new Error(`${String(error)}\n${words}`, { cause: error });
  }
}

async function person(
  stage: Stage,
  host: HostName,
  args: readonly string[],
  { node = [], env = () => ({}), cli = join(project, 'dist/main/cli.cjs') }: AppOptions,
): Promise<Person> {
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
    throw new Error(`${String(error)}\n${program.errors()}`, { cause: error });
  }
}

/** The ticket that the window shows, once it names the relay where there is one: it is made anew when that is reached. */
async function usableTicket(page: Page, irohRelay: string): Promise<string | undefined> {
  const shown = page.getByTestId('ticket');
  if (!(await shown.isVisible())) return undefined;
  const ticket = (await shown.textContent())?.trim() ?? '';
  const complete = irohRelay === 'disabled' || parseTicket(ticket).relayUrls.length > 0;
  return complete ? ticket : undefined;
}

/** What the application's own panel says, as its person could read it. */
async function panelOf(page: Page): Promise<string[]> {
  const panel = page.getByTestId('stats');
  if (!(await panel.isVisible())) await page.keyboard.press('i');
  await panel.waitFor({ timeout: 5_000 });
  return panel.locator('p, li, dt, dd').allTextContents();
}

/** Not the ticket, which is a secret in other runs, nor what comes every second. */
function isTelling({ event }: { event: string }): boolean {
  return event !== 'ready' && event !== 'live' && event !== 'stats';
}
