import type { Broadcast } from 'moq-net';
import { TRACKS } from '../relay/load.ts';

/** Groups of a broadcast that a viewer has received since the last call of `reset`. */
export class GroupTally {
  /** For each track, the number of complete groups, and the lowest and highest sequence number among them. */
  readonly #tracks = new Map<string, { received: number; first: number; last: number }>();

  add(track: string, sequence: number): void {
    const tally = this.#tracks.get(track) ?? { received: 0, first: sequence, last: sequence };
    tally.received += 1;
    tally.first = Math.min(tally.first, sequence);
    tally.last = Math.max(tally.last, sequence);
    this.#tracks.set(track, tally);
  }

  /** Returns how many groups arrived, and how many are missing between the first and the last one. */
  read(): { received: number; missing: number } {
    let received = 0;
    let missing = 0;
    for (const tally of this.#tracks.values()) {
      received += tally.received;
      missing += tally.last - tally.first + 1 - tally.received;
    }
    return { received, missing };
  }

  reset(): void {
    this.#tracks.clear();
  }
}

/**
 * Reads and discards all frames of the load's tracks. Calls `onFrame` on the first one. Ends the process if a
 * track ends.
 */
export function readBroadcast(
  broadcast: Broadcast.Consumer,
  onFrame: () => void,
  tally = new GroupTally(),
): void {
  let first = true;
  const read = async (name: string) => {
    const track = broadcast.subscribe(name);
    for (;;) {
      const group = await track.recvGroup();
      if (!group) throw new Error(`the track ${name} ended`);
      try {
        while (await group.readFrame()) {
          if (first) onFrame();
          first = false;
        }
        tally.add(name, group.sequence);
      } catch {
        // The publisher has reset the group because it was late, so the group is missing.
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
