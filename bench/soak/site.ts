import { chmodSync, existsSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { parseTicket } from '../../common/ticket/ticket.ts';
import type { JsonEvent } from '../../main/app/json-events.ts';
import { newDataDir, removeDataDirs } from '../../tests/support/app-process.ts';
import { chromiumPath, launchChromium } from '../../tests/support/browser.ts';
import {
  type Census,
  type CensusProbe,
  type MemoryUse,
  makeCensusProbe,
} from '../../tests/support/census.ts';
import { Netlab } from '../../tests/support/netlab.ts';
import { type Program, stopPrograms } from '../../tests/support/processes.ts';
import { waitFor } from '../../tests/support/wait.ts';

const CLI = fileURLToPath(new URL('../../dist/main/cli.cjs', import.meta.url));
/**
 * A script that runs a program with a newer C library. Needed if the system's C library is too old for the
 * WebTransport addon.
 */
const NEWER_C_LIBRARY = join(homedir(), '.cache', 'newer-glibc', 'run');
const RELAY_ADDRESS = '10.77.0.3';
/** The relay's port for pages and WebSocket (TCP) and for WebTransport (UDP). */
const RELAY_PORT = 4443;
const IROH_PORT = 4500;
const START_MS = 90_000;

/** A measured process of the product, which can be killed and started again. */
export interface Service {
  readonly name: string;
  /** Number of times that the process has been started. */
  readonly starts: number;
  /** The events that the process has printed since its last start. */
  readonly events: readonly JsonEvent[];
  /** @throws Error if the process does not become ready */
  start(): Promise<void>;
  /** Kills the process with SIGKILL, as a crash would. */
  kill(): Promise<void>;
  /** Counts live objects, which forces a garbage collection. */
  census(): Promise<Census>;
  /** Reads the memory use without forcing a garbage collection. */
  memory(): Promise<MemoryUse>;
}

/**
 * The network of the soak bench: a live app with the test pattern on host `a`, the viewers on host `b`, and
 * an iroh relay and this project's relay on a third host.
 */
export interface Site {
  lab: Netlab;
  publisher: Service;
  viewer: Service;
  relay: Service;
  /** Base URL of the relay's pages. */
  relayUrl: string;
  /** The ticket of the publisher's broadcast. */
  ticket: string;
  /** The browser on host `b`. */
  browser: Browser;
  /** Opens the window of the app on host `b`. */
  openViewerWindow(): Promise<Page>;
  /** Reloads the publisher's window, which interrupts the broadcast. */
  reloadPublisher(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Starts the network and its programs. The build must be up to date.
 * @throws Error without root, or if a program does not become ready
 */
export async function openSite(): Promise<Site> {
  const lab = await Netlab.up(['a', 'b', 'relay']);
  const browsers: Browser[] = [];
  const close = async () => {
    for (const browser of browsers) await browser.close();
    await lab.down();
    await stopPrograms();
    removeDataDirs();
  };
  try {
    const irohRelay = await lab.startIrohRelay('relay', RELAY_ADDRESS);
    const relayUrl = `http://${RELAY_ADDRESS}:${RELAY_PORT}/`;
    const browserOn = async (host: string) => {
      const browser = await launchChromiumOn(lab, host, relayUrl);
      browsers.push(browser);
      return browser;
    };
    const app = (name: string, host: string, args: readonly string[]) =>
      makeService(lab, name, host, [
        ...['--host', 'browser', '--no-open', '--json', '--data-dir', newDataDir()],
        ...['--iroh-relay', irohRelay, ...args],
      ]);
    const publisher = app('publisher', 'a', ['--autostart', 'test']);
    const viewer = app('viewer', 'b', []);
    const relay = makeService(lab, 'relay', 'relay', [
      ...['relay', '--json', '--dev', '--allow-private-addresses', '--data-dir', newDataDir()],
      ...['--bind', `${RELAY_ADDRESS}:${RELAY_PORT}`, '--iroh-bind', `${RELAY_ADDRESS}:${IROH_PORT}`],
      ...['--iroh-relay', irohRelay],
    ]);
    await Promise.all([publisher.start(), viewer.start(), relay.start()]);
    const publisherPage = await (await browserOn('a')).newPage();
    await publisherPage.goto(windowUrl(publisher));
    const ticket = await waitFor('a ticket with the iroh relay', () => usableTicket(publisherPage), START_MS);
    const browser = await browserOn('b');
    return {
      lab,
      publisher,
      viewer,
      relay,
      relayUrl,
      ticket,
      browser,
      openViewerWindow: async () => {
        const page = await (await browser.newContext()).newPage();
        await page.goto(windowUrl(viewer));
        return page;
      },
      reloadPublisher: async () => {
        await publisherPage.reload();
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function launchChromiumOn(lab: Netlab, host: string, secureUrl: string): Promise<Browser> {
  // Playwright controls its browser over pipes, so the browser can run inside the namespace.
  const executablePath = join(newDataDir(), 'chromium');
  const namespace = lab.namespaceOf(host);
  writeFileSync(executablePath, `#!/bin/sh\nexec ip netns exec ${namespace} ${chromiumPath()} "$@"\n`);
  chmodSync(executablePath, 0o700);
  // Browsers decode video only in a secure context, and the relay serves its pages without a certificate.
  const origin = new URL(secureUrl).origin;
  return launchChromium({ executablePath, args: [`--unsafely-treat-insecure-origin-as-secure=${origin}`] });
}

function makeService(lab: Netlab, name: string, host: string, args: readonly string[]): Service {
  let program: Program | undefined;
  let events: JsonEvent[] = [];
  let starts = 0;
  let running: CensusProbe | undefined;
  const probeOf = () => {
    if (!running) throw new Error(`${name} is not running`);
    return running;
  };
  const node = existsSync(NEWER_C_LIBRARY) ? [NEWER_C_LIBRARY, process.execPath] : [process.execPath];
  return {
    name,
    get starts() {
      return starts;
    },
    get events() {
      return events;
    },
    start: async () => {
      const probe = makeCensusProbe();
      const env = Object.entries(probe.env).map(([key, value]) => `${key}=${value}`);
      const started = lab.run(host, 'env', [...env, ...node, CLI, ...args]);
      const seen: JsonEvent[] = [];
      started.onLine((line) => seen.push(JSON.parse(line) as JsonEvent));
      program = started;
      events = seen;
      running = probe;
      starts += 1;
      await waitFor(`${name} is ready`, () => seen.some(({ event }) => event === 'ready'), START_MS).catch(
        (error: unknown) => {
          throw new Error(`${String(error)}\n${started.stderr()}`);
        },
      );
    },
    kill: async () => {
      await program?.stop('SIGKILL');
    },
    census: async () => probeOf().read(),
    memory: async () => probeOf().readMemory(),
  };
}

/** The address of an app's window, for a browser in the app's namespace. */
function windowUrl({ name, events }: Service): string {
  const ready = events.find((event) => event.event === 'ready');
  if (ready?.event !== 'ready') throw new Error(`${name} is not ready`);
  return ready.url;
}

/** Returns the ticket that the publisher's window shows; undefined until it contains the iroh relay. */
async function usableTicket(page: Page): Promise<string | undefined> {
  const shown = page.getByTestId('ticket');
  if (!(await shown.isVisible())) return undefined;
  const ticket = (await shown.textContent())?.trim() ?? '';
  return parseTicket(ticket).relayUrls.length > 0 ? ticket : undefined;
}
