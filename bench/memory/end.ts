/**
 * `end.ts a|b FILE [BITRATE_BPS]`: one end of an iroh connection on loopback. a sends 30 groups a second, each a stream of its
 * own, and leaves its address in FILE; b reads them. Prints its own memory every ten seconds, one JSON object a line.
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { LiveEndpoint } from '../../main/endpoint/endpoint.ts';
import type { IrohTransport } from '../../main/transport/iroh.ts';
import { sleep, waitFor } from '../../tests/support/wait.ts';

const GROUPS_PER_SECOND = 30;
const [role, file, rate = '5000000'] = process.argv.slice(2);
if (!role || !file) throw new Error('usage: end.ts a|b FILE [BITRATE_BPS]');
const groupBytes = Math.round(Number(rate) / 8 / GROUPS_PER_SECOND);
const endpoint = await LiveEndpoint.open({
  secretKey: new Uint8Array(32).fill(role.charCodeAt(0)),
  relay: 'disabled',
  bind: '127.0.0.1:0',
});
let bytes = 0;
const report = () => {
  const { rss, heapTotal, heapUsed, external, arrayBuffers } = process.memoryUsage();
  const cpuMs = process.cpuUsage().user / 1000;
  const line = {
    role,
    atMs: performance.now(),
    rss,
    heapTotal,
    heapUsed,
    external,
    arrayBuffers,
    bytes,
    cpuMs,
  };
  process.stdout.write(`${JSON.stringify(line)}\n`);
};
setInterval(report, 10_000);
if (role === 'a') serve(file);
else await read(file);

function serve(at: string): void {
  endpoint.onConnection(({ transport }) => {
    send(transport).catch((error: unknown) => process.stderr.write(`${String(error)}\n`));
  });
  writeFileSync(`${at}.new`, JSON.stringify({ endpointId: endpoint.id, ...endpoint.addr.get() }));
  renameSync(`${at}.new`, at);
}

async function send(transport: IrohTransport): Promise<void> {
  const startMs = performance.now();
  for (let group = 1; ; group += 1) {
    const writer = (await transport.createUnidirectionalStream()).getWriter();
    await writer.write(new Uint8Array(groupBytes));
    await writer.close();
    bytes += groupBytes;
    await sleep(Math.max(1, startMs + (group * 1000) / GROUPS_PER_SECOND - performance.now()));
  }
}

async function read(at: string): Promise<void> {
  await waitFor('the address', () => existsSync(at), 20_000);
  const address = JSON.parse(readFileSync(at, 'utf8')) as Parameters<LiveEndpoint['connect']>[0];
  const transport = await endpoint.connect(address);
  const streams = transport.incomingUnidirectionalStreams.getReader();
  for (;;) {
    const { value, done } = await streams.read();
    if (done) return;
    const reader = value.getReader();
    for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read())
      bytes += chunk.value.byteLength;
  }
}
