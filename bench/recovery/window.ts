/**
 * `node bench/recovery/window.ts`: makes a call between two app windows in real Chromium, and prints how long
 * each side's video freezes after each network change. Needs Chromium (`CHROMIUM_PATH`) and everything that
 * bench/recovery/run.ts needs.
 */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { parseTicket } from '../../common/ticket/ticket.ts';
import type { JsonEvent } from '../../main/app/json-events.ts';
import { chromiumPath, launchChromium, readFrameNumber } from '../../tests/support/browser.ts';
import { writeCameraFile } from '../../tests/support/camera-file.ts';
import { Netlab, netlabProblem } from '../../tests/support/netlab.ts';
import { stopPrograms } from '../../tests/support/processes.ts';
import { sleep, waitFor } from '../../tests/support/wait.ts';

/**
 * How long to measure after each network change, in milliseconds. This is longer than the 15 s after which
 * iroh itself detects a dead path.
 */
const MEASURE_MS = 20_000;

interface Participant {
  page: Page;
  events: JsonEvent[];
}

const folder = mkdtempSync(join(tmpdir(), 'iroh-live-window-'));
const browsers: Browser[] = [];

/** Starts the app and its window on one host of the lab. */
async function joinLab(
  lab: Netlab,
  host: string,
  relay: string,
  args: readonly string[],
): Promise<Participant> {
  const program = lab.run(host, process.execPath, [
    ...['dist/main/cli.cjs', '--host', 'browser', '--no-open', '--json', '--data-dir', join(folder, host)],
    ...['--iroh-relay', relay, ...args],
  ]);
  const events: JsonEvent[] = [];
  program.onLine((line) => events.push(JSON.parse(line) as JsonEvent));
  const ready = await waitFor('ready', () => events.find((event) => event.event === 'ready'), 20_000);
  // Playwright controls its browser over pipes, so the browser can run inside the namespace.
  const chromium = join(folder, `chromium-${host}`);
  writeFileSync(chromium, `#!/bin/sh\nexec ip netns exec ${lab.namespaceOf(host)} ${chromiumPath()} "$@"\n`);
  chmodSync(chromium, 0o700);
  const browser = await launchChromium({ cameraFile: join(folder, 'camera.y4m'), executablePath: chromium });
  browsers.push(browser);
  const context = await browser.newContext({ permissions: ['camera', 'microphone'] });
  const page = await context.newPage();
  await page.goto(ready.url);
  return { page, events };
}

/** Measures, for each side, the longest time without a new frame number. */
async function longestFreezeMs(participants: readonly Participant[], durationMs: number): Promise<number[]> {
  return Promise.all(
    participants.map(async ({ page }) => {
      let longest = 0;
      let last: number | null = null;
      let sinceMs = performance.now();
      const endMs = sinceMs + durationMs;
      while (performance.now() < endMs) {
        const frame = await readFrameNumber(page, 'call-remote');
        const nowMs = performance.now();
        if (frame !== null && frame !== last) {
          longest = Math.max(longest, nowMs - sinceMs);
          last = frame;
          sinceMs = nowMs;
        }
        await sleep(50);
      }
      return Math.round(Math.max(longest, performance.now() - sinceMs));
    }),
  );
}

function networkPathOf({ events }: Participant): string {
  const path = events.findLast((event) => event.event === 'path');
  return path?.event === 'path' ? path.kind : 'none';
}

function stillUp(participants: readonly Participant[]): boolean {
  return participants.every(({ events }) => {
    const call = events.findLast((event) => event.event === 'call');
    return call?.event === 'call' && call.state !== 'ended';
  });
}

async function main(): Promise<void> {
  const why = netlabProblem();
  if (why) throw new Error(why);
  writeCameraFile(join(folder, 'camera.y4m'));
  const lab = await Netlab.up(['a', 'b', 'relay']);
  try {
    await lab.block('a', 'b');
    const relay = await lab.startIrohRelay('relay', '10.77.0.3');
    const a = await joinLab(lab, 'a', relay, ['--autostart', 'call', '--auto-accept']);
    // The app adds the relay to the ticket when it connects to the relay, a few seconds after it starts.
    const ticket = await waitFor(
      'a call ticket with the relay',
      async () => {
        const text = (await a.page.getByTestId('call-ticket').textContent())?.trim() ?? '';
        return text !== '' && parseTicket(text).relayUrls.length > 0 && text;
      },
      20_000,
    );
    const b = await joinLab(lab, 'b', relay, [ticket]);
    await b.page.getByTestId('confirm-ticket').click();
    const participants = [a, b];
    await waitFor(
      'both see each other',
      async () =>
        (await readFrameNumber(a.page, 'call-remote')) !== null &&
        (await readFrameNumber(b.page, 'call-remote')) !== null,
      40_000,
    );
    const rows: Record<string, string | number | boolean>[] = [];
    const round = async (change: string, act: () => Promise<void>) => {
      await act();
      const [freezeAMs, freezeBMs] = await longestFreezeMs(participants, MEASURE_MS);
      rows.push({
        change,
        freezeAMs: freezeAMs ?? 0,
        freezeBMs: freezeBMs ?? 0,
        path: networkPathOf(b),
        up: stillUp(participants),
      });
      console.log(JSON.stringify(rows.at(-1)));
    };
    await round('nothing: relayed', async () => undefined);
    await round('unblocked: direct is possible', () => lab.unblock('a', 'b'));
    await round('blocked again: the direct path dies silently', () => lab.block('a', 'b'));
    await round('network of b gone for 5 s', async () => {
      await lab.configureLink('b', 'loss=100%');
      await sleep(5_000);
      await lab.configureLink('b', 'loss=0');
    });
    console.table(rows);
  } finally {
    for (const browser of browsers) await browser.close();
    await lab.down();
    await stopPrograms();
    rmSync(folder, { recursive: true, force: true });
  }
}

await main();
