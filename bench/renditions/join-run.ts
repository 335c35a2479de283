import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { waitFor } from '../../tests/support/wait.ts';
import { addressOf, runApp, startParticipant, usableTicket } from './app-run.ts';
import { type JoinSources, joinTimes } from './join-hops.ts';
import type { Encoded } from './page/hops-publisher.ts';
import type { Stage } from './stage.ts';
import { decodeTaps } from './tap-file.ts';

const cli = fileURLToPath(new URL('../../dist/main/cli.cjs', import.meta.url));
const tap = ['--import', fileURLToPath(new URL('tap.ts', import.meta.url))];

/** Returns the times of the steps of one join in the app's window. See `joinTimes`. */
export async function joinInApp(stage: Stage): Promise<(number | null)[]> {
  const folder = stage.folder();
  const tapOf = (host: string) => join(folder, `tap-${host}`);
  const run = await runApp(stage, { node: tap, env: (host) => ({ BENCH_TAP: tapOf(host) }) });
  try {
    const seen = await firstFrame(run.pages.b, () => encodedBy(run.pages.a));
    const taps = async () => {
      // The processes write their recorded bytes to files when they exit.
      await run.close();
      return {
        publisher: decodeTaps(readFileSync(tapOf('a'))),
        viewer: decodeTaps(readFileSync(tapOf('b'))),
      };
    };
    return joinTimes({ askedMs: run.askedMs, address: run.address, ...seen, taps: await taps() });
  } finally {
    await run.close();
  }
}

/** Returns the times of the steps of two joins on a relay's page, one after the other. See `joinTimes`. */
export async function joinOnRelayPages(stage: Stage): Promise<(number | null)[][]> {
  const folder = stage.folder();
  const tapOf = (name: string) => join(folder, `tap-${name}`);
  const env = { BENCH_TAP: tapOf('a') };
  const publisher = await startParticipant(stage, 'a', ['--autostart', 'camera'], {
    node: tap,
    env: () => env,
  });
  const relay = stage.exec('b', 'env', [
    ...[`BENCH_TAP=${tapOf('relay')}`, process.execPath, '--no-warnings', ...tap],
    ...[cli, 'relay', '--json', '--data-dir', folder, '--dev', '--allow-private-addresses'],
    ...['--http-bind', '127.0.0.1:0', '--bind', '127.0.0.1:0', '--iroh-relay', stage.irohRelay],
  ]);
  const pages: Page[] = [];
  try {
    let http = '';
    relay.onLine((line) => {
      const event: unknown = JSON.parse(line);
      if (isReady(event)) http = event.http;
    });
    await waitFor('the relay', () => http !== '', 20_000).catch((error: unknown) => {
      throw new Error(`${String(error)}\n${relay.stderr()}`);
    });
    const ticket = await waitFor('a ticket', () => usableTicket(publisher.page, stage.irohRelay), 30_000);
    const joins: Omit<JoinSources, 'taps'>[] = [];
    for (let viewer = 0; viewer < 2; viewer += 1) {
      const page = await stage.page('b');
      pages.push(page);
      const askedMs = Date.now();
      await page.goto(`${new URL('/', http).href}?name=${encodeURIComponent(ticket)}`);
      const seen = await firstFrame(page, () => encodedBy(publisher.page));
      joins.push({ askedMs, address: addressOf(ticket), ...seen });
    }
    for (const page of pages.splice(0)) await page.context().close();
    await relay.stop();
    await publisher.program.stop();
    const taps = {
      publisher: decodeTaps(readFileSync(tapOf('a'))),
      viewer: decodeTaps(readFileSync(tapOf('relay'))),
    };
    return joins.map((sources) => joinTimes({ ...sources, taps }));
  } finally {
    for (const page of [...pages, publisher.page]) await page.context().close();
    await relay.stop();
    await publisher.program.stop();
  }
}

/** Waits until the page shows video. Resolves to what the page and the publisher have recorded by then. */
async function firstFrame(
  page: Page,
  encodedFrames: () => Promise<Encoded[]>,
): Promise<Pick<JoinSources, 'sightings' | 'encoded' | 'decoded'>> {
  const sightings = await waitFor(
    'video',
    async () => {
      const { sightings: all } = await page.evaluate(() => window.benchViewer.seen());
      return all.length > 0 && all;
    },
    30_000,
  );
  const encoded = await encodedFrames();
  const timestamps = encoded.map(({ timestampUs }) => timestampUs);
  const decoded = await page.evaluate((all) => window.benchDecoded.decoded(all), timestamps);
  return { sightings, encoded, decoded };
}

function encodedBy(page: Page): Promise<Encoded[]> {
  return page.evaluate(() => window.benchEncoded.encoded());
}

function isReady(event: unknown): event is { http: string } {
  return typeof event === 'object' && event !== null && 'http' in event && typeof event.http === 'string';
}
