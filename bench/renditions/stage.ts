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

/** Host name: `a` for the publisher, `b` for the viewer. */
export type HostName = 'a' | 'b';

/** An environment with a browser on each of the two hosts. */
export interface Stage {
  /** Runs a program on a host until the stage closes. */
  exec(host: HostName, command: string, args: readonly string[]): Program;
  /** Opens an empty page with the bench's observers (on `b`) or camera (on `a`). */
  page(host: HostName): Promise<Page>;
  /** Creates a folder that is removed when the stage closes. */
  folder(): string;
  /** URL of the iroh relay, or `disabled`. */
  irohRelay: string;
  close(): Promise<void>;
}

/** A stage on a simulated network whose settings can be changed. */
export interface LabStage extends Stage {
  /** Sets whether a and b can reach each other only through the relay's host. */
  setRelayed(relayed: boolean): Promise<void>;
  setNetwork(settings: Phase['settings']): Promise<void>;
  /**
   * The datagram relay's address for each host. Datagrams that a host sends there are forwarded to the other
   * host.
   */
  udpRelay: Readonly<Record<HostName, { address: string; port: number }>>;
  /** Returns the number of bytes sent to the viewer since the stage opened. */
  bytesDown(): Promise<number>;
  /** Returns the CPU time that each process on a host has used, in seconds, by process id. */
  processorTimes(host: HostName): Promise<ReadonlyMap<string, number>>;
}

/**
 * Page size, in pixels. The page shows the video at its original size, so the view does not limit the
 * rendition.
 */
const VIEWPORT = { width: 1280, height: 720 };
const RELAY_ADDRESS = '10.77.0.3';
const UDP_PORTS: Readonly<Record<HostName, number>> = { a: 5_001, b: 5_002 };

/**
 * Chromium arguments. Without these, WebRTC replaces the machine's addresses with mDNS names, which cannot be
 * resolved in the namespaces.
 */
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
  // The origin of the WebRTC page: a secure context that needs no server.
  await page.route('http://localhost/', (route) =>
    route.fulfill({ contentType: 'text/html', body: '<!doctype html><html lang="en"><body></body></html>' }),
  );
  return page;
}

/** Owns the resources of a stage and closes them in reverse order. */
class Resources {
  readonly #closers: (() => Promise<unknown> | unknown)[] = [];

  own<T>(resource: T, close: (resource: T) => Promise<unknown> | unknown): T {
    this.#closers.push(() => close(resource));
    return resource;
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

/**
 * Opens a stage in network namespaces.
 *
 * @param hops whether pages record every hop
 * @throws Error without root privileges
 */
export async function openLabStage({ hops = false }: { hops?: boolean } = {}): Promise<LabStage> {
  const resources = new Resources();
  try {
    const lab = resources.own(await Netlab.up(['a', 'b', 'relay']), (owned) => owned.down());
    const irohRelay = await lab.startIrohRelay('relay', RELAY_ADDRESS);
    await startUdpRelay(lab);
    const scripts = await bundlePageScripts({ hops });
    const folder = resources.folder();
    const browserOf = async (host: HostName) => {
      // Playwright controls its browser over pipes, so the browser can run inside the namespace.
      const executablePath = join(folder, `chromium-${host}`);
      writeFileSync(
        executablePath,
        `#!/bin/sh\nexec ip netns exec ${lab.namespaceOf(host)} ${chromiumPath()} "$@"\n`,
      );
      chmodSync(executablePath, 0o700);
      return resources.own(await launchChromium({ executablePath, args: CHROMIUM_ARGS }), (owned) =>
        owned.close(),
      );
    };
    const browsers = { a: await browserOf('a'), b: await browserOf('b') };
    return {
      exec: (host, command, args) => lab.run(host, command, args),
      page: (host) => openPage(browsers[host], host, scripts),
      folder: () => resources.folder(),
      irohRelay,
      setRelayed: (relayed) => (relayed ? lab.block('a', 'b') : lab.unblock('a', 'b')),
      setNetwork: (settings) => lab.configureLink('b', ...settings),
      udpRelay: {
        a: { address: RELAY_ADDRESS, port: UDP_PORTS.a },
        b: { address: RELAY_ADDRESS, port: UDP_PORTS.b },
      },
      bytesDown: async () => (await lab.stats()).b?.down.bytes ?? 0,
      processorTimes: (host) => processorTimes(lab.namespaceOf(host)),
      close: () => resources.close(),
    };
  } catch (error) {
    await resources.close();
    throw error;
  }
}

async function startUdpRelay(lab: Netlab): Promise<void> {
  const script = new URL('udp-relay.ts', import.meta.url).pathname;
  const program = lab.run('relay', process.execPath, [
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

/**
 * Opens a stage on the loopback interface, with one browser and without root privileges.
 *
 * @param hops whether pages record every hop
 */
export async function openLoopbackStage({ hops }: { hops: boolean }): Promise<Stage> {
  const resources = new Resources();
  try {
    const scripts = await bundlePageScripts({ hops });
    const browser = resources.own(await launchChromium({ args: CHROMIUM_ARGS }), (owned) => owned.close());
    return {
      exec: (_host, command, args) => resources.own(run(command, args), (program) => program.stop()),
      page: (host) => openPage(browser, host, scripts),
      folder: () => resources.folder(),
      irohRelay: 'disabled',
      close: () => resources.close(),
    };
  } catch (error) {
    await resources.close();
    throw error;
  }
}
