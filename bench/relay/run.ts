/**
 * `node bench/relay/run.ts [--transport websocket|webtransport] [--max N] [--seconds S] [--json FILE]
 * [--profile]`: sends
 * one 2.5 Mbit/s broadcast to N viewers, first through this relay and then through moq-relay (`PEERS_DIR`). N
 * doubles until a viewer is disconnected or more than a tenth of the groups are lost. `--profile` writes a
 * CPU profile of this relay to the current folder.
 */
import { execFile } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { newDataDir, removeDataDirs } from '../../tests/support/app-process.ts';
import { type Program, run, stopPrograms } from '../../tests/support/processes.ts';
import { freePort, sleep, waitFor } from '../../tests/support/wait.ts';
import { readUsage } from '../support/usage.ts';
import { AUDIO_PER_S, GROUP_FRAMES, VIDEO_FPS } from './load.ts';

const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const PATH = 'bench';

const { values } = parseArgs({
  options: {
    max: { type: 'string', default: '512' },
    seconds: { type: 'string', default: '10' },
    json: { type: 'string' },
    profile: { type: 'boolean', default: false },
    transport: { type: 'string', default: 'websocket' },
  },
});
if (values.transport !== 'websocket' && values.transport !== 'webtransport') {
  throw new Error('--transport must be websocket or webtransport');
}
const quic = values.transport === 'webtransport';
const runner = join(homedir(), '.cache', 'newer-glibc', 'run');
/**
 * The command that runs Node for this relay and the viewers, with a newer C library for WebTransport if one
 * is installed.
 */
const node = quic && existsSync(runner) ? [runner, process.execPath] : [process.execPath];

function runNode(args: readonly string[]): Program {
  const [first = process.execPath, ...rest] = node;
  return run(first, [...rest, ...args]);
}

/**
 * Maximum total time for all viewers to join, in milliseconds. If they take longer, the machine is
 * overloaded.
 */
const SETTLE_MS = 45_000;

/** Minimum fraction of the expected groups that must arrive. If fewer arrive, the bench ends. */
const ENOUGH = 0.9;
const expectedGroups = (viewers: number) =>
  viewers * Number(values.seconds) * (AUDIO_PER_S + VIDEO_FPS / GROUP_FRAMES);

interface Target {
  name: string;
  program: Program;
  /** The publisher's URL, over WebSocket. */
  url: string;
  /** The viewers' URL and, for WebTransport, the URL of the certificate's hash. */
  watch: { url: string; hashUrl: string | null };
}

async function ownRelay(): Promise<Target> {
  const cli = here('../../dist/main/cli.cjs');
  await promisify(execFile)(process.execPath, [here('../../scripts/build.mjs')]);
  const profile = values.profile ? ['--cpu-prof', '--cpu-prof-dir=.'] : [];
  const program = runNode([
    ...profile,
    ...[cli, 'relay', '--json', '--data-dir', newDataDir(), '--http-bind', '127.0.0.1:0'],
    // `--dev` creates the certificate that the relay needs for WebTransport.
    ...(quic ? ['--dev', '--bind', '127.0.0.1:0'] : ['--public', '*']),
    ...['--iroh-relay', 'disabled', '--iroh-bind', '127.0.0.1:0'],
    ...['--max-sessions', '5000', '--max-sessions-per-client', '5000', '--max-mbps-per-client', '0'],
  ]);
  let ready: { http: string; webTransport: string | null } | undefined;
  program.onLine((line) => {
    const event = JSON.parse(line);
    if (event.event === 'ready') ready = event;
  });
  const { http, webTransport } = await waitFor('the relay', () => ready ?? failed(program), 20_000);
  const url = http.replace('http', 'ws');
  if (!quic) return { name: 'this relay', program, url, watch: { url, hashUrl: null } };
  if (webTransport === null) throw new Error(`the relay does not serve WebTransport: ${program.stderr()}`);
  // The relay binds only to IPv4, so use its IPv4 address.
  const at = new URL(webTransport);
  at.hostname = '127.0.0.1';
  const hashUrl = new URL('/certificate.sha256', http).href;
  return { name: 'this relay', program, url, watch: { url: at.href, hashUrl } };
}

async function moqRelay(): Promise<Target | undefined> {
  const folder = process.env.PEERS_DIR ?? join(homedir(), '.cache', 'iroh-live-peers');
  const file = join(folder, 'moq-relay');
  if (!existsSync(file)) return undefined;
  const port = await freePort();
  const program = run(file, [
    ...['--listen', `127.0.0.1:${port}`, '--listen-tls-generate', 'localhost'],
    ...['--web-http-listen', `127.0.0.1:${port}`, '--auth-public', '**', '--cluster-lan=false'],
  ]);
  await waitFor('moq-relay', () =>
    fetch(`http://127.0.0.1:${port}/certificate.sha256`).then(
      ({ ok }) => ok,
      () => false,
    ),
  );
  const url = `ws://127.0.0.1:${port}/`;
  const hashUrl = `http://127.0.0.1:${port}/certificate.sha256`;
  const watch = quic ? { url: `https://localhost:${port}/`, hashUrl } : { url, hashUrl: null };
  return { name: 'moq-relay', program, url, watch };
}

interface Row {
  relay: string;
  viewers: number;
  /** CPU use as a percentage of a single core. */
  cpuPercentPerViewer: number | null;
  rssKbPerViewer: number | null;
  delayMsP50: number | null;
  delayMsP99: number | null;
  groups: number;
  dropped: number;
  lost: number;
  mbps: number;
}

const NOBODY: Omit<Row, 'relay' | 'viewers' | 'lost'> = {
  cpuPercentPerViewer: null,
  rssKbPerViewer: null,
  delayMsP50: null,
  delayMsP99: null,
  groups: 0,
  dropped: 0,
  mbps: 0,
};

async function measure({ name, program, watch }: Target, viewers: number): Promise<Row> {
  const { pid } = program.child;
  const seconds = Number(values.seconds);
  const empty = await readUsage(pid);
  const load = [watch.url, PATH, String(viewers), String(seconds), ...(watch.hashUrl ? [watch.hashUrl] : [])];
  const watching = runNode([here('viewers.ts'), ...load]);
  const lines: string[] = [];
  watching.onLine((line) => lines.push(line));
  const settled = waitFor('the viewers', () => lines.length > 0 || failed(watching), SETTLE_MS).catch(
    () => false,
  );
  if (!(await settled)) {
    await watching.stop('SIGKILL');
    return { ...NOBODY, relay: name, viewers, lost: viewers };
  }
  const before = await readUsage(pid);
  await sleep(seconds * 1_000 - 500);
  const after = await readUsage(pid);
  const result = JSON.parse((await waitFor('the count', () => lines[1], 60_000)) ?? '');
  const spentMs = seconds * 1_000 - 500;
  const round = (value: number, digits: number) => Number(value.toFixed(digits));
  return {
    relay: name,
    viewers,
    cpuPercentPerViewer: round(((after.cpuMs - before.cpuMs) * 100) / spentMs / viewers, 3),
    rssKbPerViewer: Math.round((after.residentBytes - empty.residentBytes) / 1_000 / viewers),
    delayMsP50: result.delayMs.p50 === null ? null : round(result.delayMs.p50, 2),
    delayMsP99: result.delayMs.p99 === null ? null : round(result.delayMs.p99, 2),
    groups: result.groups,
    dropped: result.dropped + result.resets,
    lost: result.lost,
    mbps: Math.round(result.mbps),
  };
}

function failed({ child, stderr: errors }: Program): false {
  if (child.exitCode !== null) throw new Error(`the program ended: ${errors()}`);
  return false;
}

async function bench(target: Target): Promise<Row[]> {
  const publisher = run(process.execPath, [here('publisher.ts'), target.url, PATH]);
  let ready = false;
  publisher.onLine(() => {
    ready = true;
  });
  await waitFor('the publisher', () => ready || failed(publisher), 20_000);
  const rows: Row[] = [];
  for (let viewers = 8; viewers <= Number(values.max); viewers *= 2) {
    const row = await measure(target, viewers);
    rows.push(row);
    process.stderr.write(`${JSON.stringify(row)}\n`);
    // Even at a low load, a busy machine drops a few groups, so only a larger loss ends the bench.
    if (row.lost > 0 || row.groups < ENOUGH * expectedGroups(viewers)) break;
    await sleep(2_000);
  }
  await publisher.stop();
  await target.program.stop();
  return rows;
}

try {
  const rows = await bench(await ownRelay());
  const other = await moqRelay();
  if (other) rows.push(...(await bench(other)));
  else process.stderr.write('SKIPPED: moq-relay was not found (set PEERS_DIR)\n');
  console.table(rows);
  if (values.json) writeFileSync(values.json, `${JSON.stringify({ rows }, null, 1)}\n`);
} finally {
  await stopPrograms();
  removeDataDirs();
}
