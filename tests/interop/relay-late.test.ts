import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Path } from 'moq-net';
import { afterEach, describe, expect, it } from 'vitest';
import { run, stopPrograms } from '../support/processes.ts';
import { announced, type Client, overWebSocket, startRelay, type TestRelay } from '../support/relays.ts';
import { waitFor } from '../support/wait.ts';

const peers = process.env.PEERS_DIR ?? '';
const missing = !existsSync(join(peers, 'moq'));
/** Longer than any group is kept that is not the newest. */
const LATER_MS = 8_000;

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const opened of open.splice(0).reverse()) await opened.close();
  await stopPrograms();
});

/** `moq import ts` into the relay: it ends the group of its catalog as soon as it is written. */
function startImport({ relay }: TestRelay, broadcast: string): void {
  const url = relay.http.replace('http:', 'ws:');
  const picture = ['-f', 'lavfi', '-i', 'color=size=320x180:rate=15', '-c:v', 'libx264', '-preset'];
  const source = [...picture, 'ultrafast', '-g', '15', '-pix_fmt', 'yuv420p', '-f', 'mpegts', '-'].join(' ');
  const moq = `${join(peers, 'moq')} --connect ${url} --broadcast ${broadcast} import ts`;
  run('bash', ['-c', `ffmpeg -hide_banner -loglevel error -re ${source} | ${moq}`]);
}

async function viewer({ relay }: TestRelay): Promise<Client> {
  const client = await overWebSocket(relay.http);
  open.push(client);
  return client;
}

/** Keeps what the catalog says, as a player does: it stays subscribed. */
class CatalogReader {
  newest: unknown;
  changedAtMs = 0;

  static async start(client: Client, broadcast: string): Promise<CatalogReader> {
    await announced(client, broadcast);
    const reader = new CatalogReader();
    // It ends with its session.
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

describe.skipIf(missing)('a publisher that ends its catalog group', () => {
  it('`moq import ts`: a viewer who comes eight seconds after the last change gets the catalog', async () => {
    const relay = await startRelay(['--public', '*']);
    open.push(relay);
    startImport(relay, 'show.hang');
    const first = await CatalogReader.start(await viewer(relay), 'show.hang');
    // It writes the catalog anew while it finds out the bit rate.
    await waitFor(
      'a catalog that does not change any more',
      () => first.changedAtMs > 0 && performance.now() - first.changedAtMs > LATER_MS,
      60_000,
    );
    const second = await CatalogReader.start(await viewer(relay), 'show.hang');
    await waitFor('the catalog', () => second.newest !== undefined);
    expect(second.newest).toMatchObject({ video: expect.anything() });
  }, 90_000);
});
