import type { Broadcast } from 'moq-net';
import { TRACKS } from '../relay/load.ts';

/**
 * Reads and discards all frames of the load's tracks. Calls `onFrame` on the first one. Ends the process if a
 * track ends.
 */
export function readBroadcast(broadcast: Broadcast.Consumer, onFrame: () => void): void {
  let first = true;
  const read = async (name: string) => {
    const track = broadcast.subscribe(name);
    for (;;) {
      const group = await track.recvGroup();
      if (!group) throw new Error(`the track ${name} ended`);
      while (await group.readFrame()) {
        if (first) onFrame();
        first = false;
      }
    }
  };
  for (const name of TRACKS) {
    read(name).catch((error: unknown) => {
      process.stderr.write(`${String(error)}\n`);
      process.exit(1);
    });
  }
}
