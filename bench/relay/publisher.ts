/** `node publisher.ts URL PATH`: publishes the load on a relay until the process is killed. */
import { Connection, Path } from 'moq-net';
import { captureConsole } from '../../main/base/log.ts';
import { dialWebSocket } from '../../main/transport/web-socket.ts';
import { startLoad } from './load.ts';

captureConsole();
const [url, path] = process.argv.slice(2);
if (!url || !path) throw new Error('usage: publisher.ts URL PATH');
const transport = await dialWebSocket(new URL(url), AbortSignal.timeout(10_000));
const session = await Connection.connect(new URL(url), { transport });
session.publish(Path.from(path), startLoad());
process.stdout.write('publishing\n');
