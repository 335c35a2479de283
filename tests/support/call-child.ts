/**
 * The application without a window, in a process of its own that can be killed: `node call-child.ts DATA_DIR BIND [TICKET]`
 * lets every caller in (with a TICKET it dials instead), publishes numbers in each call and reads the other side's, and
 * prints its call ticket, the app's events and `heard` for each second in which numbers came, one JSON object a line.
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
const say = (event: object) => process.stdout.write(`${JSON.stringify(event)}\n`);
const autoAccept = ticket === undefined;
const core = await createApp({ dataDir, irohBind, irohRelay: 'disabled', autoAccept, onEvent: say });
const [client, server] = socketPair();
core.attachMedia(server);
const transport = dialQmux(client, MEDIA_PROTOCOL);
await transport.ready;
const window = await Connection.connect(new URL('moq://window/'), { transport });
const speaking = new Set<string>();

function follow(calls: readonly { id: string; state: string }[]): void {
  for (const { id, state } of calls) {
    if ((state !== 'active' && state !== 'reconnecting') || speaking.has(id)) continue;
    speaking.add(id);
    window.publish(Path.from(`calls/${id}/out`), new NumberedBroadcast().producer);
    void hear(id);
  }
}

/** Whether the other side is heard now, again and again: a call that comes back is a broadcast of its own. */
async function hear(id: string): Promise<never> {
  for (;;) {
    const broadcast = window.consume(Path.from(`calls/${id}/in`));
    const track = broadcast.subscribe('video');
    const heard = await Promise.race([readNumbers(track, 5).catch(() => []), sleep(2_000).then(() => [])]);
    track.close();
    // Held open, the library would give the broadcast of before to whoever asks for the path next.
    broadcast.close();
    if (heard.length > 0) say({ event: 'heard', id });
    await sleep(200);
  }
}

core.listen(({ event, payload }) => {
  if (event === 'app.state') follow(payload.calls);
});
const { calls, callHistory } = await core.handlers['app.state'](null, AbortSignal.timeout(5_000));
follow(calls);
say({ event: 'live', ticket: core.callTicket(), name: 'call' });
say({ event: 'found', calls: calls.map(({ id, state }) => ({ id, state })), past: callHistory.length });
if (ticket !== undefined) core.openTicket(ticket);
