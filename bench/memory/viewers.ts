/**
 * `viewers.ts TICKET COUNT`: COUNT viewers that watch a ticket's broadcast over direct iroh connections, each
 * with its own endpoint. Prints `ready` once all of them have received a frame. Then, for each line on standard
 * input, prints how many groups arrived and how many are missing since the last line, as JSON.
 */
import { randomBytes } from 'node:crypto';
import { createInterface } from 'node:readline';
import { Connection, Path } from 'moq-net';
import { parseTicket } from '../../common/ticket/ticket.ts';
import { captureConsole } from '../../main/base/log.ts';
import { LiveEndpoint } from '../../main/endpoint/endpoint.ts';
import { GroupTally, readBroadcast } from './read-broadcast.ts';

captureConsole();
const [text, count] = process.argv.slice(2);
if (!text || !count) throw new Error('usage: viewers.ts TICKET COUNT');
const ticket = parseTicket(text);
const watching: Promise<void>[] = [];
const tallies: GroupTally[] = [];
for (let i = 0; i < Number(count); i += 1) {
  const endpoint = await LiveEndpoint.open({
    secretKey: randomBytes(32),
    relay: 'disabled',
    bind: '127.0.0.1:0',
  });
  const transport = await endpoint.connect(ticket);
  const session = await Connection.connect(new URL('moq://publisher/'), { transport });
  const broadcast = session.consume(Path.from(ticket.broadcastName));
  const tally = new GroupTally();
  tallies.push(tally);
  watching.push(new Promise((resolve) => readBroadcast(broadcast, resolve, tally)));
}
await Promise.all(watching);
process.stdout.write('ready\n');
for await (const _ of createInterface({ input: process.stdin })) {
  const counts = tallies.map((tally) => tally.read());
  for (const tally of tallies) tally.reset();
  const sum = (key: 'received' | 'missing') => counts.reduce((total, count) => total + count[key], 0);
  process.stdout.write(`${JSON.stringify({ received: sum('received'), missing: sum('missing') })}\n`);
}
