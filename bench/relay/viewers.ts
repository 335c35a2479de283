/**
 * `node viewers.ts URL PATH COUNT SECONDS [HASH_URL]`: runs COUNT viewers in one process, over WebTransport
 * if HASH_URL is given and over WebSocket otherwise. Waits until they have settled, measures for SECONDS, and
 * prints one line of JSON.
 */
import { captureConsole } from '../../main/base/log.ts';
import { loadWebTransport } from '../../main/transport/web-transport-addon.ts';
import { sleep } from '../../tests/support/wait.ts';
import { type BenchViewer, LightViewer } from './light-viewer.ts';
import { TRACKS } from './load.ts';
import { QuicViewer } from './quic-viewer.ts';

/**
 * Interval between viewer joins, in milliseconds. Each new viewer receives a burst of data: the current group
 * so far, starting with its keyframe.
 */
const JOIN_EVERY_MS = 20;
const SETTLE_MS = 3_000;

captureConsole();
const [url, path, count, seconds, hashUrl] = process.argv.slice(2);
if (!url || !path || !count || !seconds)
  throw new Error('usage: viewers.ts URL PATH COUNT SECONDS [HASH_URL]');
const client = hashUrl ? await QuicViewer.client(loadWebTransport(), hashUrl) : undefined;
const viewers: BenchViewer[] = [];
for (let i = 0; i < Number(count); i += 1) {
  viewers.push(
    client ? await QuicViewer.open(client, url, path, TRACKS) : await LightViewer.open(url, path, TRACKS),
  );
  await sleep(JOIN_EVERY_MS);
}
await sleep(SETTLE_MS);
for (const viewer of viewers) viewer.reset();
process.stdout.write('counting\n');
await sleep(Number(seconds) * 1_000);

const delays = viewers.flatMap(({ tally }) => tally.delaysMs).sort((a, b) => a - b);
const at = (share: number) => delays[Math.floor(share * (delays.length - 1))] ?? null;
let dropped = 0;
let groups = 0;
for (const { tally } of viewers) {
  for (const track of TRACKS.keys()) {
    const have = tally.groups[track] ?? 0;
    groups += have;
    dropped += Math.max(0, (tally.last[track] ?? 0) - (tally.first[track] ?? 0) + 1 - have);
  }
}
const result = {
  groups,
  dropped,
  resets: viewers.reduce((sum, { tally }) => sum + tally.resets, 0),
  lost: viewers.filter(({ ended }) => ended !== undefined).length,
  why: viewers.find(({ ended }) => ended !== undefined)?.ended ?? null,
  mbps: (viewers.reduce((sum, { tally }) => sum + tally.bytes, 0) * 8) / Number(seconds) / 1e6,
  delayMs: { p50: at(0.5), p95: at(0.95), p99: at(0.99) },
};
process.stdout.write(`${JSON.stringify(result)}\n`);
for (const viewer of viewers) viewer.close();
process.exit(0);
