/**
 * `viewers.ts TICKET COUNT`: COUNT viewers that watch a ticket's broadcast over direct iroh connections, each
 * with its own endpoint. Prints `ready` once all of them have received a frame.
 */
import { randomBytes } from 'node:crypto';
import { Connection, Path } from 'moq-net';
import { parseTicket } from '../../common/ticket/ticket.ts';
import { captureConsole } from '../../main/base/log.ts';
import { LiveEndpoint } from '../../main/endpoint/endpoint.ts';
import { readBroadcast } from './read-broadcast.ts';

captureConsole();
const [text, count] = process.argv.slice(2);
if (!text || !count) throw new Error('usage: viewers.ts TICKET COUNT');
const ticket = parseTicket(text);
const watching: Promise<void>[] = [];
for (let i = 0; i < Number(count); i += 1) {
  const endpoint = await LiveEndpoint.open({
    secretKey: randomBytes(32),
    relay: 'disabled',
    bind: '127.0.0.1:0',
  });
  const transport = await endpoint.connect(ticket);
  const session = await Connection.connect(new URL('moq://publisher/'), { transport });
  const broadcast = session.consume(Path.from(ticket.broadcastName));
  watching.push(new Promise((resolve) => readBroadcast(broadcast, resolve)));
}
await Promise.all(watching);
process.stdout.write('ready\n');
