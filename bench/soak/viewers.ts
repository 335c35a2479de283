import type { BrowserContext, Page } from 'playwright-core';
import { messageOf } from '../../common/base/errors.ts';
import { withinTime } from '../../main/base/within-time.ts';
import { readFrameNumber } from '../../tests/support/browser.ts';
import { peerProgram } from '../../tests/support/netlab.ts';
import { sleep, waitFor } from '../../tests/support/wait.ts';
import type { Site } from './site.ts';

/** How long a viewer waits for moving video after it joins, in milliseconds. */
const JOIN_MS = 20_000;
/** Maximum time for a page to respond or to close, in milliseconds. After that, it counts as hung. */
const PAGE_MS = 15_000;
const ENOUGH_BYTES = 100_000;

/** One way of watching the broadcast. */
export interface ViewerKind {
  name: string;
  /**
   * Watches until the signal aborts.
   *
   * @returns whether video arrived
   * @throws Error if the viewer could not be started
   */
  watch(signal: AbortSignal): Promise<boolean>;
}

/** The six kinds of viewers. The app's window uses iroh, and the others watch through the relay. */
export function viewerKinds(site: Site): ViewerKind[] {
  const pageUrl = (path: string) => {
    const url = new URL(path, site.relayUrl);
    url.searchParams.set('name', site.ticket);
    return url.href;
  };
  return [
    { name: 'app window, iroh', watch: (signal) => watchInApp(site, signal) },
    { name: 'page, WebTransport', watch: (signal) => watchPage(site, pageUrl('/'), signal) },
    {
      name: 'page, WebSocket',
      watch: (signal) =>
        watchPage(site, pageUrl('/'), signal, (context) =>
          context.addInitScript(() => Reflect.deleteProperty(globalThis, 'WebTransport')),
        ),
    },
    { name: 'embedded page', watch: (signal) => watchPage(site, pageUrl('/embed'), signal) },
    { name: 'moq, WebTransport', watch: (signal) => watchWithMoq(site, 'http:', signal) },
    { name: 'moq, WebSocket', watch: (signal) => watchWithMoq(site, 'ws:', signal) },
  ];
}

async function watchInApp(site: Site, signal: AbortSignal): Promise<boolean> {
  const page = await site.openViewerWindow();
  try {
    await page.getByTestId('ticket-input').fill(site.ticket);
    await page.getByTestId('watch-button').click();
    return await playUntil(page, signal);
  } finally {
    await closeContext(page.context());
  }
}

async function watchPage(
  site: Site,
  url: string,
  signal: AbortSignal,
  prepare: (context: BrowserContext) => Promise<unknown> = async () => undefined,
): Promise<boolean> {
  const context = await site.browser.newContext();
  try {
    await prepare(context);
    const page = await context.newPage();
    await page.goto(url);
    return await playUntil(page, signal);
  } finally {
    await closeContext(context);
  }
}

/** @throws Error if the browser does not close the page in time */
function closeContext(context: BrowserContext): Promise<void> {
  return withinTime(context.close(), {
    timeoutMs: PAGE_MS,
    timeoutError: () => new Error('the page does not close'),
  });
}

/** Waits for two different frames, then keeps watching until the signal aborts. */
async function playUntil(page: Page, signal: AbortSignal): Promise<boolean> {
  const frames = new Set<number>();
  const played = await succeeds(
    waitFor(
      'moving video',
      async () => {
        const frame = await withinTime(readFrameNumber(page), {
          timeoutMs: PAGE_MS,
          timeoutError: () => new Error('the page hangs'),
          signal,
        });
        if (frame !== null) frames.add(frame);
        return frames.size > 1 || signal.aborted;
      },
      JOIN_MS,
    ),
    signal,
  );
  await aborted(signal);
  return played && frames.size > 1;
}

/** Exports the broadcast with the moq project's command-line program and discards the file. */
async function watchWithMoq(site: Site, protocol: string, signal: AbortSignal): Promise<boolean> {
  const moq = peerProgram('moq');
  if (!moq) throw new Error('the program moq is missing: set PEERS_DIR');
  const url = new URL('/', site.relayUrl);
  url.searchParams.set('name', site.ticket);
  const address = url.href.replace('http:', protocol);
  // Prints a line once enough bytes for several video fragments have arrived.
  const reader = `(head -c ${ENOUGH_BYTES} | wc -c; cat > /dev/null)`;
  const command = `"$0" --connect "$1" --broadcast "$2" export --catalog-format hang fmp4 | ${reader}`;
  const program = site.lab.run('b', 'bash', ['-c', command, moq, address, site.ticket]);
  let played = false;
  program.onLine((line) => {
    played = Number(line) === ENOUGH_BYTES;
  });
  await aborted(signal);
  await program.stop();
  return played;
}

/** Prints the error of a failure, unless the viewer has left. */
async function succeeds(promise: Promise<unknown>, signal: AbortSignal): Promise<boolean> {
  return promise.then(
    () => true,
    (error: unknown) => {
      if (!signal.aborted) process.stderr.write(`${messageOf(error)}\n`);
      return false;
    },
  );
}

async function aborted(signal: AbortSignal): Promise<void> {
  while (!signal.aborted) await sleep(100);
}
