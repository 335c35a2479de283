import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { generate, sign } from '@moq/token';
import { Path } from 'moq-net';
import { afterAll, afterEach, expect, it } from 'vitest';
import { z } from 'zod';
import { formatTicket } from '../../common/ticket/ticket.ts';
import { newDataDir, removeDataDirs } from '../support/app-process.ts';
import { peerProgram } from '../support/netlab.ts';
import { closeAfterEach } from '../support/own.ts';
import { run, stopPrograms } from '../support/processes.ts';
import { type RelayProcess, startRelayProcess } from '../support/relay-process.ts';
import { openPullReports, overWebSocket, waitUntilAnnounced } from '../support/relays.ts';
import { NumberedBroadcast, readNumbers } from '../support/sessions.ts';
import { freePort, sleep, waitFor } from '../support/wait.ts';

/** Tests what a relay shows its operator: metrics, readiness, the list of broadcasts and the log. */

/** Prometheus' program that checks metrics and rules. */
const PROMTOOL = peerProgram('promtool') ?? 'promtool';
const APP = fileURLToPath(new URL('../support/app-child.ts', import.meta.url));
const PRIVATE_TICKET = formatTicket({
  endpointId: '8a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c',
  relayUrls: [],
  ipAddrs: ['10.1.2.3:4433'],
  broadcastName: 'home',
});

/** The part of Grafana's format for dashboards that the test reads. */
const dashboardSchema = z.object({
  panels: z.array(
    z.object({
      title: z.string(),
      targets: z.array(z.object({ expr: z.string(), legendFormat: z.string() })).nonempty(),
    }),
  ),
});

afterEach(stopPrograms);
const own = closeAfterEach();
afterAll(removeDataDirs);

async function startMonitored(options: readonly string[] = ['--dev', '--allow-private-addresses']) {
  const port = await freePort();
  const relay = await startRelayProcess({
    options: [...options, '--metrics-bind', `127.0.0.1:${port}`, '--release-after', '1'],
  });
  const read = async (path: string) => fetch(new URL(path, `http://127.0.0.1:${port}`));
  const metrics = async () => (await read('/metrics')).text();
  return { relay, read, metrics };
}

/** Starts an app in a separate process that publishes `hello`. Returns its ticket. */
async function startFriend(): Promise<string> {
  const program = run(process.execPath, [APP, newDataDir(), '127.0.0.1:0']);
  let output = '';
  program.onLine((line) => {
    output += `${line}\n`;
  });
  return waitFor('live', () => /"ticket":"([^"]+)"/.exec(output)?.[1], 60_000);
}

/** Returns the number of bytes that the metrics report for a direction and a kind of remote side. */
function bytes(metrics: string, direction: string, remote: string): number {
  const series = `iroh_live_relay_bytes_total{direction="${direction}",remote="${remote}"}`;
  const line = metrics.split('\n').find((text) => text.startsWith(series));
  return Number(line?.slice(series.length));
}

/** Reads ten numbers over WebSocket from the broadcast at a path. */
async function watch(relay: RelayProcess, path: string): Promise<{ close(): Promise<void> }> {
  const client = await overWebSocket(relay.url);
  await waitUntilAnnounced(client, path);
  await readNumbers(client.established.consume(Path.from(path)).subscribe('video'), 10);
  return client;
}

/** Returns violations of the `promtool check metrics` rules on names and help. Covers only rules that apply to these metrics. */
function namingFaults(metrics: string): string[] {
  const types = [...metrics.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name = '', type = '']) => ({
    name,
    type,
  }));
  expect(types.length).toBeGreaterThan(20);
  return types.flatMap(({ name, type }) => [
    ...((type === 'counter') === name.endsWith('_total') ? [] : [`${name}: _total is for counters only`]),
    ...(new RegExp(`^# HELP ${name} \\S`, 'm').test(metrics) ? [] : [`${name}: no help`]),
    ...(/_(milliseconds|minutes|hours|kilobytes|bits)(_total)?$/.test(name)
      ? [`${name}: not a base unit`]
      : []),
    ...(/^[a-z][a-z0-9_]*$/.test(name) ? [] : [`${name}: not in snake case`]),
  ]);
}

it('counts the bytes of viewers and of the publisher, and its counters never decrease', async () => {
  const { relay, metrics, read } = await startMonitored();
  const ticket = await startFriend();
  const client = await watch(relay, ticket);
  const during = await metrics();
  expect(bytes(during, 'sent', 'client')).toBeGreaterThan(300);
  expect(bytes(during, 'received', 'upstream')).toBeGreaterThan(1_000);
  expect(bytes(during, 'received', 'cluster')).toBe(0);
  expect(during).toMatch(/^iroh_live_relay_viewers 1$/m);
  const listed = await (await read('/broadcasts.json')).json();
  expect(listed).toEqual([{ name: 'hello', source: 'pulled', publisher: expect.any(String), viewers: 1 }]);
  await client.close();
  await waitFor('the release', async () => /^iroh_live_relay_upstreams 0$/m.test(await metrics()), 20_000);
  const after = await metrics();
  for (const [direction, remote] of [
    ['sent', 'client'],
    ['received', 'upstream'],
    ['sent', 'upstream'],
  ] as const) {
    expect(bytes(after, direction, remote)).toBeGreaterThanOrEqual(bytes(during, direction, remote));
  }
}, 90_000);

it('names its metrics according to the rules of Prometheus', async (context) => {
  const { relay, metrics, read } = await startMonitored();
  const text = await metrics();
  expect(namingFaults(text)).toEqual([]);
  // The self-signed certificate of --dev is valid for less than 14 days.
  const expiryS = Number(/^iroh_live_relay_certificate_expiry_timestamp_seconds (\S+)$/m.exec(text)?.[1]);
  expect(expiryS).toBeGreaterThan(Date.now() / 1000);
  expect(expiryS).toBeLessThan(Date.now() / 1000 + 14 * 24 * 3600);
  expect(text).toContain('iroh_live_relay_certificate_renewals_total{result="failure"} 0');
  for (const path of ['/readyz', '/healthz']) expect((await read(path)).status).toBe(200);
  expect((await fetch(new URL('/readyz', relay.url))).status).toBe(200);
  // On the main port, the list of broadcasts requires a token, because it contains their names.
  expect((await fetch(new URL('/broadcasts.json', relay.url))).status).toBe(401);
  const promtool = spawnSync(PROMTOOL, ['check', 'metrics'], { input: text, encoding: 'utf8' });
  if (promtool.error) return context.skip('there is no promtool, as `npm test` has said');
  expect(promtool.stdout + promtool.stderr).toBe('');
  expect(promtool.status).toBe(0);
}, 60_000);

/** Names of metrics in a text, without the suffixes of a histogram's series. */
function metricNames(text: string): Set<string> {
  const names = text.match(/\b(?:iroh_live_relay|nodejs|process)_[a-z0-9_]+/g) ?? [];
  return new Set(names.map((name) => name.replace(/_(bucket|sum|count)$/, '')));
}

it('has alert rules that Prometheus accepts, about metrics that exist', async (context) => {
  const { metrics } = await startMonitored();
  const text = await metrics();
  const file = 'packaging/prometheus-rules.yml';
  const named = metricNames(readFileSync(file, 'utf8'));
  expect(named.size).toBeGreaterThan(3);
  for (const name of named) expect(text).toContain(`# TYPE ${name} `);
  const promtool = spawnSync(PROMTOOL, ['check', 'rules', file], { encoding: 'utf8' });
  if (promtool.error) return context.skip('there is no promtool, as `npm test` has said');
  expect(promtool.stdout).toMatch(/SUCCESS: [5-9] rules found/);
}, 60_000);

it('has a dashboard whose queries Prometheus accepts, about metrics and labels that exist', async (context) => {
  const { relay, metrics } = await startMonitored(['--dev']);
  // Some series appear with the first session or the first refusal.
  const client = own(await overWebSocket(relay.url));
  client.established.announced(Path.from(PRIVATE_TICKET));
  const text = await waitFor('a refusal', async () => {
    const now = await metrics();
    return now.includes('iroh_live_relay_refused_total{') ? now : undefined;
  });
  const labels = new Set([...text.matchAll(/[{,]([a-z_]+)="/g)].map(([, label]) => label));
  const { panels } = dashboardSchema.parse(
    JSON.parse(readFileSync('packaging/grafana-dashboard.json', 'utf8')),
  );
  expect(panels.length).toBeGreaterThan(5);
  expect(new Set(panels.map(({ title }) => title)).size).toBe(panels.length);
  const targets = panels.flatMap((panel) => panel.targets);
  for (const { expr, legendFormat } of targets) {
    const named = metricNames(expr);
    expect(named.size, expr).toBeGreaterThan(0);
    for (const name of named) expect(text, expr).toContain(`# TYPE ${name} `);
    const matched = [...expr.matchAll(/[{,]\s*([a-z_]+)\s*[=!]~?"/g)].map(([, label]) => label);
    const grouped = [...expr.matchAll(/\b(?:by|without) ?\(([^)]*)\)/g)].flatMap(([, list = '']) =>
      list.split(/, */),
    );
    const shown = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label]) => label);
    for (const label of [...matched, ...grouped, ...shown])
      expect([...labels, 'instance'], expr).toContain(label);
  }
  const rules = targets.map(({ expr }, i) => ({
    record: `panel_${i}`,
    expr: expr.replaceAll('$__rate_interval', '5m'),
  }));
  const file = join(newDataDir(), 'rules.yml');
  // JSON is also YAML.
  writeFileSync(file, JSON.stringify({ groups: [{ name: 'dashboard', rules }] }));
  const promtool = spawnSync(PROMTOOL, ['check', 'rules', file], { encoding: 'utf8' });
  if (promtool.error) return context.skip('there is no promtool, as `npm test` has said');
  expect(promtool.stdout + promtool.stderr).toContain(`SUCCESS: ${rules.length} rules found`);
}, 90_000);

it('lists its broadcasts only to a token that may read every path', async () => {
  const key = await generate('ES256');
  const keyFile = join(newDataDir(), 'key.jwk');
  writeFileSync(keyFile, JSON.stringify(key), { mode: 0o600 });
  const { relay } = await startMonitored(['--auth-key', keyFile]);
  const exp = Math.floor(Date.now() / 1000) + 600;
  const read = async (get: readonly string[] | null) => {
    const url = new URL('/broadcasts.json', relay.url);
    if (get) url.searchParams.set('jwt', await sign(key, { root: '', get: [...get], put: ['studio'], exp }));
    return fetch(url);
  };
  const jwt = await sign(key, { root: '', put: ['studio'], exp });
  const publisher = own(await overWebSocket(relay.url, `/?jwt=${jwt}`));
  publisher.established.publish(Path.from('studio/film'), own(new NumberedBroadcast()).producer);
  const listed = { name: 'studio/film', source: 'published', publisher: expect.any(String), viewers: 0 };
  await expect.poll(async () => (await read([''])).json(), { timeout: 10_000 }).toEqual([listed]);
  for (const [get, status] of [
    [null, 401],
    [['studio'], 403],
  ] as const) {
    const response = await read(get);
    expect(response.status).toBe(status);
    expect(await response.text()).not.toContain('film');
  }
}, 60_000);

it('logs one line with names whenever a publisher or a pull comes or goes', async () => {
  const { relay, metrics } = await startMonitored();
  const publisher = own(await overWebSocket(relay.url));
  publisher.established.publish(Path.from('studio/film'), own(new NumberedBroadcast()).producer);
  const reader = own(await overWebSocket(relay.url));
  await waitUntilAnnounced(reader, 'studio/film');
  const ticket = await startFriend();
  const viewers = [await watch(relay, ticket), await watch(relay, ticket)];
  for (const viewer of viewers) await viewer.close();
  await publisher.close();
  await waitFor('the release', async () => /^iroh_live_relay_upstreams 0$/m.test(await metrics()), 20_000);
  const log = relay.program.stderr();
  const lines = (pattern: RegExp) => log.split('\n').filter((line) => pattern.test(line)).length;
  expect(lines(/info {2}broadcast "studio\/film": live, published by websocket 127\.0\.0\.1$/)).toBe(1);
  await waitFor('the end', () => /broadcast "studio\/film": ended/.test(relay.program.stderr()), 20_000);
  expect(lines(/info {2}pull "hello" from peer [0-9a-f]{10}: requested by 127\.0\.0\.1$/)).toBe(1);
  expect(lines(/info {2}pull "hello" from peer [0-9a-f]{10}: live$/)).toBe(1);
  expect(lines(/info {2}pull "hello" from peer [0-9a-f]{10}: released/)).toBe(1);
  expect(log).not.toContain(ticket);
}, 90_000);

it('dials a ticket with only private addresses once, and logs one line', async () => {
  const { relay, metrics } = await startMonitored(['--dev']);
  const client = own(await overWebSocket(relay.url));
  const { reports, close } = await openPullReports(relay.url, PRIVATE_TICKET);
  client.established.announced(Path.from(PRIVATE_TICKET));
  await waitFor('the failure', () => reports.find(({ state }) => state === 'failed'), 10_000);
  // If there were retries, the first ones would happen during this wait.
  await sleep(6_000);
  close();
  expect(await metrics()).toContain('iroh_live_relay_refused_total{reason="address"} 1');
  const lines = relay.program
    .stderr()
    .split('\n')
    .filter((line) => line.includes('pull "home"'));
  expect(lines.map((line) => line.replace(/^.*: /, ''))).toEqual([
    'requested by 127.0.0.1',
    expect.stringContaining('this relay does not connect to those'),
  ]);
}, 60_000);
