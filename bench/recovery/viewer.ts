/**
 * `viewer.ts DATA_DIR RELAY TICKET`: runs the app without a window and reads the ticket's broadcast,
 * resubscribing after each announcement, as a player would. Prints the app's events and every pause longer
 * than 100 ms.
 */
import { type Connection, Path } from 'moq-net';
import { captureConsole } from '../../main/base/log.ts';
import { openApp, print } from './app.ts';

captureConsole();
const [, , dataDir, relay, ticket] = process.argv;
if (!dataDir || !relay || !ticket) throw new Error('usage: viewer.ts DATA_DIR RELAY TICKET');
const { window } = await openApp([dataDir, relay]);

const PAUSE_MS = 100;
let lastMs: number | undefined;
let received = 0;

function onNumber(): void {
  const nowMs = performance.now();
  const gapMs = lastMs === undefined ? 0 : nowMs - lastMs;
  lastMs = nowMs;
  received += 1;
  if (received === 1 || gapMs > PAUSE_MS) print({ event: 'numbers', atMs: Date.now(), gapMs });
}

async function read(session: Connection.Established, path: Path.Valid): Promise<void> {
  const broadcast = session.consume(path);
  const track = broadcast.subscribe('video');
  print({ event: 'subscribed' });
  try {
    for (;;) {
      const group = await track.recvGroup();
      if (!group) return;
      if (await group.readFrame()) onNumber();
    }
  } finally {
    broadcast.close();
  }
}

const path = Path.from(ticket);
const announcements = window.announced(path);
for (;;) {
  const event = await announcements.next();
  if (!event) break;
  if (event.path !== '' || !event.active) continue;
  read(window, path).catch((error: unknown) => process.stderr.write(`read ended: ${String(error)}\n`));
}
