import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { newDataDir, startAppProcess } from '../support/app-process.ts';
import { launchChromium, watchErrors } from '../support/browser.ts';
import { cleanUpAfterAll } from '../support/e2e.ts';
import { run } from '../support/processes.ts';
import { type RelayProcess, startRelayProcess } from '../support/relay-process.ts';
import { waitFor } from '../support/wait.ts';

/** Path of the moq project's CLI, which views broadcasts on the relay. */
const MOQ = join(process.env.PEERS_DIR ?? '', 'moq');
/** Minimum size of the exported file, in bytes: enough for its header and several video fragments. */
const ENOUGH_BYTES = 100_000;

describe.skipIf(!existsSync(MOQ))('`moq export` on a relay', () => {
  let browser: Browser;
  let relay: RelayProcess;
  let page: Page;
  beforeAll(async () => {
    browser = await launchChromium();
    relay = await startRelayProcess();
  }, 120_000);
  afterEach(() => page.close());
  cleanUpAfterAll(() => browser);

  /** Exports a broadcast until the MP4 file is large enough. Returns the file as Latin-1 text. */
  async function exportMp4(broadcast: string, target = '/'): Promise<string> {
    const file = join(newDataDir(), 'out.mp4');
    const url = new URL(target, relay.url.replace('http:', 'ws:')).href;
    const command = `"$0" --connect "$1" --broadcast "$2" export --catalog-format hang fmp4 > "$3"`;
    const program = run('bash', ['-c', command, MOQ, url, broadcast, file]);
    const text = await waitFor(
      'an MP4 file',
      async () => {
        if (program.child.exitCode !== null) throw new Error(`moq ended: ${program.stderr()}`);
        if (!existsSync(file)) return false;
        const bytes = await readFile(file);
        return bytes.byteLength > ENOUGH_BYTES && bytes.toString('latin1');
      },
      30_000,
    );
    await program.stop();
    return text;
  }

  it('receives camera and microphone from the publish page', async () => {
    page = await browser.newPage();
    const errors = watchErrors(page);
    await page.goto(new URL('/publish', relay.url).href);
    await page.getByTestId('source-camera').click();
    await page.getByTestId('start-live').click();
    const link = await page.getByTestId('publish-link').textContent({ timeout: 20_000 });
    const file = await exportMp4(new URL(link ?? '').searchParams.get('name') ?? '');
    expect(file).toMatch(/^.{4}ftyp/s);
    expect(file).toContain('avc1');
    expect(file).toContain('Opus');
    expect(file.split('moof').length).toBeGreaterThan(5);
    expect(errors).toEqual([]);
  }, 90_000);

  it('receives a ticket’s broadcast, which the relay announces because the session’s URL names the ticket', async () => {
    const app = await startAppProcess({ args: ['--autostart', 'test'] });
    page = await browser.newPage();
    await page.goto(app.ready.url);
    const { ticket } = await app.event('live', 30_000);
    const file = await exportMp4(ticket, `/?name=${encodeURIComponent(ticket)}`);
    expect(file).toMatch(/^.{4}ftyp/s);
    expect(file.split('moof').length).toBeGreaterThan(5);
  }, 90_000);
});
