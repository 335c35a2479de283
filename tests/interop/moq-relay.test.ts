import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { formatTicket } from '../../common/ticket/ticket.ts';
import { newDataDir, removeDataDirs, startAppProcess } from '../support/app-process.ts';
import { launchChromium } from '../support/browser.ts';
import { isInstalled, run, stopPrograms } from '../support/processes.ts';
import { freePort, waitFor } from '../support/wait.ts';

const peers = process.env.PEERS_DIR ?? '';
const missing = !existsSync(join(peers, 'moq-relay')) || !isInstalled('ffmpeg');

let browser: Browser | undefined;
afterEach(stopPrograms);
afterAll(async () => {
  await browser?.close();
  removeDataDirs();
});

/** Starts moq-relay with iroh on loopback. Returns its web URL, endpoint id and iroh addresses. */
async function startRelay() {
  const [port, irohPort] = [await freePort(), await freePort()];
  const relay = run(join(peers, 'moq-relay'), [
    ...['--listen', `127.0.0.1:${port}`, '--listen-tls-generate', 'localhost'],
    ...['--web-http-listen', `127.0.0.1:${port}`, '--auth-public', '**'],
    ...['--iroh-enabled', '--iroh-bind-v4', `127.0.0.1:${irohPort}`, '--iroh-disable-relay'],
    ...['--iroh-secret', join(newDataDir(), 'relay.key'), '--cluster-lan=false'],
  ]);
  let output = '';
  relay.onLine((line) => {
    output += line;
  });
  const endpointId = await waitFor(
    'the relay’s endpoint id',
    // The log contains color codes between the parts of `endpoint_id=…`.
    () => /endpoint_id[^=]*=.*?([0-9a-f]{64})/.exec(output + relay.stderr())?.[1],
    10_000,
  );
  return { url: `http://127.0.0.1:${port}/`, endpointId, ipAddrs: [`127.0.0.1:${irohPort}`] };
}

/** Publishes moving video and a tone with the moq project's command-line tool. */
function startImport(url: string, broadcast: string): void {
  const source = [
    ...[
      '-f',
      'lavfi',
      '-i',
      'testsrc2=size=640x360:rate=30',
      '-f',
      'lavfi',
      '-i',
      'sine=frequency=440:sample_rate=48000',
    ],
    ...['-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency', '-g', '30', '-pix_fmt', 'yuv420p'],
    ...['-c:a', 'aac', '-f', 'mpegts', '-'],
  ].join(' ');
  const moq = `${join(peers, 'moq')} --connect ${url} --broadcast ${broadcast} import ts`;
  run('bash', ['-c', `ffmpeg -hide_banner -loglevel error -re ${source} | ${moq}`]);
}

describe.skipIf(missing)('the moq project’s relay and command-line tool', () => {
  it('serve a broadcast of `moq import ts` over iroh, which the window plays', async () => {
    const relay = await startRelay();
    startImport(relay.url, 'hello.hang');
    const ticket = formatTicket({ ...relay, relayUrls: [], broadcastName: 'hello.hang' });
    const app = await startAppProcess({ args: [ticket] });
    browser = await launchChromium();
    const page = await browser.newPage();
    await page.goto(app.ready.url);
    await page.getByTestId('confirm-ticket').click();
    await page
      .locator('[data-testid="watch-state"][data-state="live"]')
      .waitFor({ state: 'attached', timeout: 20_000 });

    const images = new Set<string>();
    let loudest = 0;
    await waitFor(
      'moving video with audio',
      async () => {
        const seen = await page.evaluate(() => {
          const canvas = document.querySelector('[data-testid="watch-canvas"]');
          const level = document.querySelector('[data-testid="watch-level"]');
          if (!(canvas instanceof HTMLCanvasElement) || canvas.width === 0) return null;
          const small = new OffscreenCanvas(32, 18);
          const context = small.getContext('2d');
          context?.drawImage(canvas, 0, 0, 32, 18);
          const { data } = context?.getImageData(0, 0, 32, 18) ?? { data: new Uint8ClampedArray() };
          return {
            width: canvas.width,
            values: new Set(data).size,
            image: [...data].join(),
            level: Number(level?.getAttribute('data-level') ?? 0),
          };
        });
        if (seen && seen.values > 20) images.add(seen.image);
        loudest = Math.max(loudest, seen?.level ?? 0);
        return images.size > 10 && loudest > 0.001;
      },
      20_000,
    ).catch((error: unknown) => {
      throw new Error(`${String(error)}: ${images.size} different images, highest level ${loudest}`);
    });
    expect(images.size).toBeGreaterThan(10);
  }, 120_000);
});
