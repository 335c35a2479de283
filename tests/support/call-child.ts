/**
 * The application without a window, in a process of its own that can be killed: `node call-child.ts DATA_DIR BIND`
 * lets every caller in, publishes numbers in each call, and prints its call ticket and the app's events, one JSON
 * object a line.
 */
import { Connection, Path } from 'moq-net';
import { MEDIA_PROTOCOL } from '../../common/bridge.ts';
import { createApp } from '../../main/app.ts';
import { captureConsole } from '../../main/log.ts';
import { dialQmux } from './dial-qmux.ts';
import { Numbers } from './sessions.ts';
import { socketPair } from './socket-pair.ts';

captureConsole();
const [dataDir, irohBind] = process.argv.slice(2);
if (!dataDir || !irohBind) throw new Error('usage: call-child.ts DATA_DIR BIND');
const say = (event: object) => process.stdout.write(`${JSON.stringify(event)}\n`);
const core = await createApp({ dataDir, irohBind, irohRelay: 'disabled', autoAccept: true, onEvent: say });
const [client, server] = socketPair();
core.attachMedia(server);
const transport = dialQmux(client, MEDIA_PROTOCOL);
await transport.ready;
const window = await Connection.connect(new URL('moq://window/'), { transport });
const speaking = new Set<string>();
core.listen(({ event, payload }) => {
  if (event !== 'app.state') return;
  for (const { id, state } of payload.calls) {
    if (state !== 'active' || speaking.has(id)) continue;
    speaking.add(id);
    window.publish(Path.from(`calls/${id}/out`), new Numbers().producer);
  }
});
say({ event: 'live', ticket: core.callTicket(), name: 'call' });
