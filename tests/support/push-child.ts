/**
 * `node push-child.ts DATA_DIR RELAY TOKEN`: runs the app without a window in a process that can use a
 * different C library and different certificates. Publishes numbers as `hello`, pushes them to the relay, and
 * prints each push state as a JSON line. Exits immediately if the WebTransport addon cannot be loaded.
 */
import { Connection, Path } from 'moq-net';
import { LIVE_PREFIX, MEDIA_PROTOCOL } from '../../common/bridge/bridge.ts';
import { createApp } from '../../main/app/app.ts';
import { captureConsole } from '../../main/base/log.ts';
import { loadWebTransport } from '../../main/transport/web-transport-addon.ts';
import { dialQmux } from './dial-qmux.ts';
import { NumberedBroadcast } from './sessions.ts';
import { socketPair } from './socket-pair.ts';
import { sleep } from './wait.ts';

captureConsole();
const [dataDir, pushTo, pushToken = ''] = process.argv.slice(2);
if (!dataDir || !pushTo) throw new Error('usage: push-child.ts DATA_DIR RELAY TOKEN');
loadWebTransport();
const core = await createApp({ dataDir, irohBind: '127.0.0.1:0', irohRelay: 'disabled' });
const signal = AbortSignal.timeout(60_000);
await core.handlers['settings.change']({ pushTo, pushToken, pushing: true }, signal);
const [client, server] = socketPair();
core.attachMedia(server);
const transport = dialQmux(client, MEDIA_PROTOCOL);
await transport.ready;
const window = await Connection.connect(new URL('moq://window/'), { transport });
window.publish(Path.from(LIVE_PREFIX, 'hello'), new NumberedBroadcast().producer);
let printed = '';
for (;;) {
  const { broadcasts } = await core.handlers['app.state'](null, signal);
  const text = JSON.stringify(broadcasts[0]?.push ?? null);
  if (text !== printed) process.stdout.write(`${text}\n`);
  printed = text;
  await sleep(100);
}
