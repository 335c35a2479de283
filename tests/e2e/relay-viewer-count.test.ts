import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Broadcast, Path } from 'moq-net';
import type { Browser, Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { newDataDir } from '../support/app-process.ts';
import { launchChromium } from '../support/browser.ts';
import { cleanUpAfterAll, startPublisher } from '../support/e2e.ts';
import { closeAfterEach } from '../support/own.ts';
import { type RelayProcess, startRelayProcess } from '../support/relay-process.ts';
import { type Client, overWebSocket, waitUntilAnnounced } from '../support/relays.ts';

/** Tests that a publisher counts the viewers behind a relay. The relay and the apps are separate processes. */

const VIEWERS = 5;

let browser: Browser;
let relay: RelayProcess;
beforeAll(async () => {
  browser = await launchChromium();
  relay = await startRelayProcess({
    options: ['--dev', '--allow-private-addresses', '--public', '*', '--release-after', '1'],
  });
}, 180_000);

const own = closeAfterEach();

cleanUpAfterAll(() => browser);

/** Starts an app that broadcasts the test pattern. */
async function publish(settings: object = {}): Promise<{ page: Page; ticket: string; name: string }> {
  const dataDir = newDataDir();
  await writeFile(join(dataDir, 'settings.json'), JSON.stringify(settings), { mode: 0o600 });
  const { window: page, ticket } = await startPublisher(browser, { dataDir });
  own(page);
  return { page, ticket, name: ticket.slice(ticket.lastIndexOf('/') + 1) };
}

/** Opens sessions with the relay that read the video at `path`. */
async function watch(path: string, count: number): Promise<Client[]> {
  const clients: Client[] = [];
  for (let index = 0; index < count; index += 1) {
    const client = own(await overWebSocket(relay.url));
    await waitUntilAnnounced(client, path);
    const broadcast = client.established.consume(Path.from(path));
    broadcast.subscribe(await videoTrackOf(broadcast));
    clients.push(client);
  }
  return clients;
}

/** Returns the name of a video track in the broadcast's catalog. */
async function videoTrackOf(broadcast: Broadcast.Consumer): Promise<string> {
  const catalog = broadcast.subscribe('catalog.json');
  const group = await catalog.recvGroup();
  const text = await group?.readString();
  catalog.close();
  const [track] = Object.keys(JSON.parse(text ?? '{}').video?.renditions ?? {});
  if (track === undefined) throw new Error(`no video in ${text}`);
  return track;
}

function viewerCount(page: Page, count: number) {
  return page.locator(`[data-testid="viewers"][data-count="${count}"]`).waitFor({ timeout: 20_000 });
}

describe('a publisher', () => {
  it('counts each viewer behind a relay that pulls its ticket, and asks before it stops', async () => {
    const { page, ticket } = await publish();
    const clients = await watch(ticket, VIEWERS);
    await viewerCount(page, VIEWERS);
    await clients[0]?.close();
    await viewerCount(page, VIEWERS - 1);
    await page.getByTestId('stop-live').click();
    await page.getByText('4 friends are watching right now').waitFor();
    await page.keyboard.press('Escape');
    for (const client of clients) await client.close();
    await viewerCount(page, 0);
  }, 120_000);

  it('counts each viewer of the relay that it sends its broadcast to', async () => {
    const { page, name } = await publish({ pushTo: relay.url, pushing: true });
    await viewerCount(page, 0);
    const clients = await watch(name, VIEWERS);
    await viewerCount(page, VIEWERS);
    for (const client of clients) await client.close();
    await viewerCount(page, 0);
    expect(await page.getByTestId('viewers').getAttribute('data-count')).toBe('0');
  }, 120_000);

  it('sees its viewers on a relay’s publish page', async () => {
    const page = own(await browser.newPage());
    await page.goto(new URL('/publish', relay.url).href);
    await page.getByTestId('source-test').click();
    await page.locator('[data-testid="start-live"]:enabled').click();
    const link = (await page.getByTestId('publish-link').textContent({ timeout: 20_000 })) ?? '';
    const clients = await watch(new URL(link).searchParams.get('name') ?? '', VIEWERS);
    await viewerCount(page, VIEWERS);
    for (const client of clients) await client.close();
    await viewerCount(page, 0);
  }, 120_000);
});
