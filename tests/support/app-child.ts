/**
 * `node app-child.ts DATA_DIR BIND`: runs the app without a window, in a process that a test can kill.
 * Publishes numbers as `hello` and prints the app's events as JSON lines.
 */
import { Connection, Path } from 'moq-net';
import { MEDIA_PROTOCOL } from '../../common/bridge/bridge.ts';
import { createApp } from '../../main/app/app.ts';
import { captureConsole } from '../../main/base/log.ts';
import { dialQmux } from './dial-qmux.ts';
import { NumberedBroadcast } from './sessions.ts';
import { socketPair } from './socket-pair.ts';

captureConsole();
const [dataDir, irohBind] = process.argv.slice(2);
if (!dataDir || !irohBind) throw new Error('usage: app-child.ts DATA_DIR BIND');
const core = await createApp({
  dataDir,
  irohBind,
  irohRelay: 'disabled',
  onEvent: (event) => process.stdout.write(`${JSON.stringify(event)}\n`),
});
const [client, server] = socketPair();
core.attachMedia(server);
const transport = dialQmux(client, MEDIA_PROTOCOL);
await transport.ready;
const window = await Connection.connect(new URL('moq://window/'), { transport });
window.publish(Path.from('live/hello'), new NumberedBroadcast().producer);
