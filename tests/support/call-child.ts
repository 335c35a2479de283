/**
 * `node call-child.ts DATA_DIR BIND [TICKET]`: runs the app without a window, in a process that a test can
 * kill. Accepts every call, or dials TICKET. In each call, publishes numbers and reads the peer's. Prints its
 * call ticket, the app's events, and `heard` whenever numbers arrive, as JSON lines.
 */
import { Connection, Path } from 'moq-net';
import { MEDIA_PROTOCOL } from '../../common/bridge/bridge.ts';
import { createApp } from '../../main/app/app.ts';
import { captureConsole } from '../../main/base/log.ts';
import { dialQmux } from './dial-qmux.ts';
import { NumberedBroadcast, readNumbers } from './sessions.ts';
import { socketPair } from './socket-pair.ts';
import { sleep } from './wait.ts';

captureConsole();
const [dataDir, irohBind, ticket] = process.argv.slice(2);
if (!dataDir || !irohBind) throw new Error('usage: call-child.ts DATA_DIR BIND [TICKET]');
const print = (event: object) => process.stdout.write(`${JSON.stringify(event)}\n`);
const autoAccept = ticket === undefined;
const core = await createApp({ dataDir, irohBind, irohRelay: 'disabled', autoAccept, onEvent: print });
const [client, server] = socketPair();
core.attachMedia(server);
const transport = dialQmux(client, MEDIA_PROTOCOL);
await transport.ready;
const window = await Connection.connect(new URL('moq://window/'), { transport });
const publishing = new Set<string>();

function joinCalls(calls: readonly { id: string; state: string }[]): void {
  for (const { id, state } of calls) {
    if ((state !== 'active' && state !== 'reconnecting') || publishing.has(id)) continue;
    publishing.add(id);
    window.publish(Path.from(`calls/${id}/out`), new NumberedBroadcast().producer);
    void readMedia(id);
  }
}

/** Subscribes to the peer's media repeatedly, because a restored call has a new broadcast. */
async function readMedia(id: string): Promise<never> {
  for (;;) {
    const broadcast = window.consume(Path.from(`calls/${id}/in`));
    const track = broadcast.subscribe('video');
    const heard = await Promise.race([readNumbers(track, 5).catch(() => []), sleep(2_000).then(() => [])]);
    track.close();
    // If this broadcast stayed open, the MoQ library would keep returning it for the path even after it was
    // replaced.
    broadcast.close();
    if (heard.length > 0) print({ event: 'heard', id });
    await sleep(200);
  }
}

core.listen(({ event, payload }) => {
  if (event === 'app.state') joinCalls(payload.calls);
});
const { calls, callHistory } = await core.handlers['app.state'](null, AbortSignal.timeout(5_000));
joinCalls(calls);
print({ event: 'live', ticket: core.callTicket(), name: 'call' });
print({ event: 'found', calls: calls.map(({ id, state }) => ({ id, state })), past: callHistory.length });
if (ticket !== undefined) await core.handlers['call.dial']({ ticket }, AbortSignal.timeout(5_000));
