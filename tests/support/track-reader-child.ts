/**
 * `track-reader-child.ts DATA_DIR TICKET TRACK…`: runs the app without a window and reads tracks of the ticket's
 * broadcast. Prints a `FrameLine` for each frame.
 */
import { type Connection, Path } from 'moq-net';
import { openApp } from '../../bench/recovery/app.ts';
import { captureConsole } from '../../main/base/log.ts';
import { sleep } from './wait.ts';

/** A received frame. */
export interface FrameLine {
  event: 'frame';
  track: string;
  /** Sequence number of the frame's group. */
  group: number;
  bytes: number;
  /** Media time in milliseconds. */
  mediaMs: number;
}

/** Pause before a track that does not exist yet is requested again, in milliseconds. */
const RETRY_MS = 200;

async function read(window: Connection.Established, path: Path.Valid, name: string): Promise<void> {
  const track = window.consume(path).subscribe(name);
  for (;;) {
    const group = await track.recvGroup();
    if (!group) return;
    for (;;) {
      const frame = await group.readFrame().catch(() => undefined);
      if (!frame) break;
      const line: FrameLine = {
        event: 'frame',
        track: name,
        group: group.sequence,
        bytes: frame.payload.byteLength,
        mediaMs: frame.timestamp.asMillis(),
      };
      process.stdout.write(`${JSON.stringify(line)}\n`);
    }
  }
}

async function main(): Promise<void> {
  captureConsole();
  const [, , dataDir, ticket, ...tracks] = process.argv;
  if (!dataDir || !ticket) throw new Error('usage: DATA_DIR TICKET TRACK…');
  const { window } = await openApp([dataDir, 'disabled']);
  const path = Path.from(ticket);
  const announcements = window.announced(path);
  for (;;) {
    const event = await announcements.next();
    if (!event) throw new Error('the session ended');
    if (event.active) break;
  }
  await Promise.all(
    tracks.map(async (track) => {
      for (;;) {
        await read(window, path, track).catch((error: unknown) =>
          process.stderr.write(`${track}: ${String(error)}\n`),
        );
        await sleep(RETRY_MS);
      }
    }),
  );
}

await main();
