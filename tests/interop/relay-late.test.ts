import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Path } from 'moq-net';
import { afterEach, describe, expect, it } from 'vitest';
import { closeAfterEach } from '../support/own.ts';
import { isInstalled, run, stopPrograms } from '../support/processes.ts';
import {
  type Client,
  overWebSocket,
  startRelay,
  type TestRelay,
  waitUntilAnnounced,
} from '../support/relays.ts';
import { waitFor } from '../support/wait.ts';

const peers = process.env.PEERS_DIR ?? '';
const missing = !existsSync(join(peers, 'moq')) || !isInstalled('ffmpeg');
/**
 * How long the viewer waits before it joins, in milliseconds. By then, the relay has dropped all groups but
 * the newest.
 */
const LATER_MS = 8_000;

afterEach(async () => {
  await stopPrograms();
});
const own = closeAfterEach();

/**
 * Runs `moq import ts`, which publishes to the relay and ends the catalog's group right after writing the
 * catalog.
 */
function startImport({ relay }: TestRelay, broadcast: string): void {
  const url = relay.http.replace('http:', 'ws:');
  const video = ['-f', 'lavfi', '-i', 'color=size=320x180:rate=15', '-c:v', 'libx264', '-preset'];
  const source = [...video, 'ultrafast', '-g', '15', '-pix_fmt', 'yuv420p', '-f', 'mpegts', '-'].join(' ');
  const moq = `${join(peers, 'moq')} --connect ${url} --broadcast ${broadcast} import ts`;
  run('bash', ['-c', `ffmpeg -hide_banner -loglevel error -re ${source} | ${moq}`]);
}

async function viewer({ relay }: TestRelay): Promise<Client> {
  const client = await overWebSocket(relay.http);
  own(client);
  return client;
}

/** Like a player, stays subscribed to a catalog and stores the newest content. */
class CatalogReader {
  newest: unknown;
  changedAtMs = 0;

  static async start(client: Client, broadcast: string): Promise<CatalogReader> {
    await waitUntilAnnounced(client, broadcast);
    const reader = new CatalogReader();
    // The reader rejects once the session ends.
    reader.#run(client, broadcast).catch(() => undefined);
    return reader;
  }

  async #run(client: Client, broadcast: string): Promise<void> {
    const track = client.established.consume(Path.from(broadcast)).subscribe('catalog.json');
    for (;;) {
      const group = await track.recvGroup();
      if (!group) return;
      this.newest = await group.readJson();
      this.changedAtMs = performance.now();
    }
  }
}

describe.skipIf(missing)('a relay with a publisher that ends its catalog group (`moq import ts`)', () => {
  it('serves the catalog to a viewer that joins eight seconds after the catalog last changed', async () => {
    const relay = await startRelay(['--public', '*']);
    own(relay);
    startImport(relay, 'show.hang');
    const first = await CatalogReader.start(await viewer(relay), 'show.hang');
    // The publisher rewrites the catalog while it measures the bitrate, so wait until the catalog no longer
    // changes.
    await waitFor(
      'a catalog that no longer changes',
      () => first.changedAtMs > 0 && performance.now() - first.changedAtMs > LATER_MS,
      60_000,
    );
    const second = await CatalogReader.start(await viewer(relay), 'show.hang');
    await waitFor('the catalog', () => second.newest !== undefined);
    expect(second.newest).toMatchObject({ video: expect.anything() });
  }, 90_000);
});
