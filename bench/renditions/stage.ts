import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { chromiumPath, launchChromium } from '../../tests/support/browser.ts';
import { Netlab } from '../../tests/support/netlab.ts';
import { type Program, run } from '../../tests/support/processes.ts';
import { waitFor } from '../../tests/support/wait.ts';
import { bundlePageScripts, type PageScripts } from './page/bundle.ts';
import { processorTimes } from './processor-time.ts';
import type { Phase } from './scenarios.ts';

export type HostName = 'a' | 'b';

/** Two machines with a browser each: the publisher's (a) and the viewer's (b). */
export interface Stage {
  /** Runs a program on a host. It is ended with the stage. */
  exec(host: HostName, command: string, args: readonly string[]): Program;
  /** A page with the bench's eyes and ears (b) or its camera (a), before it goes anywhere. */
  page(host: HostName): Promise<Page>;
  /** A new folder, removed with the stage. */
  folder(): string;
  /** The iroh relay, or `disabled`. */
  irohRelay: string;
  close(): Promise<void>;
}

/** The stage on a lab network, whose links change. */
export interface LabStage extends Stage {
  /** Whether a and b reach each other through the relay's host alone. */
  setRelayed(relayed: boolean): Promise<void>;
  setLink(settings: Phase['settings']): Promise<void>;
  /** Where a datagram relay listens that passes to the other side, for each side. */
  udpRelay: Readonly<Record<HostName, { address: string; port: number }>>;
  /** Bytes that went towards the viewer so far. */
  bytesDown(): Promise<number>;
  /** What the processes on a host have used of the processors, by process id, in seconds. */
  processorTimes(host: HostName): Promise<ReadonlyMap<string, number>>;
}

/** The picture is shown at its own size, so that the view is no ceiling. */
const VIEWPORT = { width: 1280, height: 720 };
const RELAY_ADDRESS = '10.77.0.3';
const UDP_PORTS: Readonly<Record<HostName, number>> = { a: 5_001, b: 5_002 };

/** Without it, WebRTC hides the machine's addresses behind names that nobody here resolves. */
const CHROMIUM_ARGS = ['--disable-features=WebRtcHideLocalIpsWithMdns'];

async function openPage(browser: Browser, host: HostName, scripts: PageScripts): Promise<Page> {
  const context = await browser.newContext({
    permissions: ['camera', 'microphone'],
    viewport: VIEWPORT,
  });
  const page = await context.newPage();
  for (const content of host === 'a' ? scripts.publisher : scripts.viewer)
    await page.addInitScript({ content });
  page.on('pageerror', (error) => process.stderr.write(`page ${host}: ${error.message}\n`));
  // Where WebRTC's page is: a place that browsers trust, which no server is needed for.
  await page.route('http://localhost/', (route) =>
    route.fulfill({ contentType: 'text/html', body: '<!doctype html><html lang="en"><body></body></html>' }),
  );
  return page;
}

/** Owns what a stage opens; closes it in reverse order. */
class Props {
  readonly #closers: (() => Promise<unknown> | unknown)[] = [];

  own<T>(thing: T, close: (thing: T) => Promise<unknown> | unknown): T {
    this.#closers.push(() => close(thing));
    return thing;
  }

  folder(): string {
    return this.own(mkdtempSync(join(tmpdir(), 'iroh-live-bench-')), (path) =>
      rmSync(path, { recursive: true, force: true }),
    );
  }

  async close(): Promise<void> {
    for (const close of this.#closers.splice(0).reverse()) await close();
  }
}

/** As root. */
export async function openLabStage(): Promise<LabStage> {
  const props = new Props();
  try {
    const lab = props.own(await Netlab.up(['a', 'b', 'relay']), (it) => it.down());
    const irohRelay = await lab.relay('relay', RELAY_ADDRESS);
    await startUdpRelay(lab);
    const scripts = await bundlePageScripts({ hops: false });
    const folder = props.folder();
    const browserOf = async (host: HostName) => {
      // Playwright talks to its browser over pipes, so the browser may live in the namespace.
      const executablePath = join(folder, `chromium-${host}`);
      writeFileSync(
        executablePath,
        `#!/bin/sh\nexec ip netns exec ${lab.namespaceOf(host)} ${chromiumPath()} "$@"\n`,
      );
      chmodSync(executablePath, 0o700);
      return props.own(await launchChromium({ executablePath, args: CHROMIUM_ARGS }), (it) => it.close());
    };
    const browsers = { a: await browserOf('a'), b: await browserOf('b') };
    return {
      exec: (host, command, args) => lab.exec(host, command, args),
      page: (host) => openPage(browsers[host], host, scripts),
      folder: () => props.folder(),
      irohRelay,
      setRelayed: (relayed) => (relayed ? lab.block('a', 'b') : lab.unblock('a', 'b')),
      setLink: (settings) => lab.set('b', ...settings),
      udpRelay: {
        a: { address: RELAY_ADDRESS, port: UDP_PORTS.a },
        b: { address: RELAY_ADDRESS, port: UDP_PORTS.b },
      },
      bytesDown: async () => (await lab.stats()).b?.down.bytes ?? 0,
      processorTimes: (host) => processorTimes(lab.namespaceOf(host)),
      close: () => props.close(),
    };
  } catch (error) {
    await props.close();
    throw error;
  }
}

async function startUdpRelay(lab: Netlab): Promise<void> {
  const script = new URL('udp-relay.ts', import.meta.url).pathname;
  const program = lab.exec('relay', process.execPath, [
    '--no-warnings',
    script,
    String(UDP_PORTS.a),
    String(UDP_PORTS.b),
  ]);
  let ready = false;
  program.onLine(() => {
    ready = true;
  });
  await waitFor('the datagram relay', () => ready, 10_000);
}

/** Everything on loopback: no namespaces, no root, one browser. `hops`: pages note every hop. */
export async function openLoopbackStage({ hops }: { hops: boolean }): Promise<Stage> {
  const props = new Props();
  try {
    const scripts = await bundlePageScripts({ hops });
    const browser = props.own(await launchChromium({ args: CHROMIUM_ARGS }), (it) => it.close());
    return {
      exec: (_host, command, args) => props.own(run(command, args), (program) => program.stop()),
      page: (host) => openPage(browser, host, scripts),
      folder: () => props.folder(),
      irohRelay: 'disabled',
      close: () => props.close(),
    };
  } catch (error) {
    await props.close();
    throw error;
  }
}
