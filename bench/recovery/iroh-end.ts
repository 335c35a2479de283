/**
 * `iroh-end.ts a|b RELAY FILE [wait|beside|close]`: one end of a plain iroh connection. `a` writes its
 * address to FILE and sends 30 streams per second; `b` reads them. After 1.5 s of silence, `b` waits
 * (`wait`), opens a second connection (`beside`), or replaces the first one (`close`).
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { LiveEndpoint } from '../../main/endpoint/endpoint.ts';
import type { IrohTransport } from '../../main/transport/iroh.ts';
import { sleep, waitFor } from '../../tests/support/wait.ts';

const [, , role, relay, file, way] = process.argv;
if (!role || !relay || !file) throw new Error('usage: iroh-end.ts a|b RELAY FILE [wait|beside|close]');
const STREAM_BYTES = 4_000;
const SILENCE_MS = 1_500;
const endpoint = await LiveEndpoint.open({
  secretKey: new Uint8Array(32).fill(role.charCodeAt(0)),
  relay,
  bind: '0.0.0.0:4433',
});
const print = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`);
if (role === 'a') await serve(file);
else await read(file);

async function serve(at: string): Promise<void> {
  endpoint.onConnection(({ transport }) => {
    send(transport).catch((error: unknown) => process.stderr.write(`${String(error)}\n`));
  });
  await waitFor('the relay', () => endpoint.relayState.get() === 'online', 20_000);
  writeFileSync(`${at}.new`, JSON.stringify({ endpointId: endpoint.id, ...endpoint.addr.get() }));
  renameSync(`${at}.new`, at);
}

async function send(transport: IrohTransport): Promise<void> {
  for (;;) {
    const writer = (await transport.createUnidirectionalStream()).getWriter();
    await writer.write(new Uint8Array(STREAM_BYTES));
    await writer.close();
    await sleep(33);
  }
}

async function read(at: string): Promise<void> {
  await waitFor('the address', () => existsSync(at), 20_000);
  const address = JSON.parse(readFileSync(at, 'utf8')) as Parameters<LiveEndpoint['connect']>[0];
  const first = await endpoint.connect(address);
  let lastMs = performance.now();
  const hear = async (transport: IrohTransport) => {
    const reader = transport.incomingUnidirectionalStreams.getReader();
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      await value.cancel();
      const gapMs = performance.now() - lastMs;
      lastMs = performance.now();
      if (gapMs > SILENCE_MS) print({ event: 'gap', gapMs });
    }
  };
  const ended = (error: unknown) => void process.stderr.write(`${String(error)}\n`);
  hear(first).catch(ended);
  await waitFor(
    'a direct path',
    () => first.paths().some(({ isIp, isSelected }) => isIp && isSelected),
    20_000,
  );
  print({ event: 'direct' });
  if (way === 'wait') return;
  await waitFor('silence', () => performance.now() - lastMs > SILENCE_MS, 60_000);
  if (way === 'close') first.close();
  const sinceMs = performance.now();
  const connected = await endpoint.connect(address, { timeoutMs: 60_000 });
  print({ event: 'connected', afterMs: performance.now() - sinceMs });
  hear(connected).catch(ended);
}
