import { Group, Time, Track } from 'moq-net';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { MAX_RECENT_GROUPS } from '../../../../main/moq/recent-group-limit.ts';
import { installRetentionLimit } from '../../../../main/moq/retention.ts';

/** Writes groups that have one frame and end immediately. */
async function write(track: Track.Producer, count: number): Promise<void> {
  for (let sequence = 0; sequence < count; sequence += 1) {
    const group = new Group.Producer(sequence);
    track.writeGroup(group);
    group.writeFrame({ payload: Uint8Array.of(1), timestamp: Time.Timestamp.now() });
    group.close();
    // Groups from the same millisecond are dropped together, so pause after every 50 groups.
    if (sequence % 50 === 0) await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** The sequence numbers of the groups that a late reader receives. */
function readAll(track: Track.Producer): number[] {
  const reader = track.subscribe();
  const read: number[] = [];
  for (let group = reader.tryRecvGroup(); group; group = reader.tryRecvGroup()) read.push(group.sequence);
  return read;
}

describe('a track for late readers', () => {
  beforeAll(installRetentionLimit);
  afterEach(() => void vi.useRealTimers());

  it('keeps the newest groups if there are too many', async () => {
    const track = new Track.Producer('video').accept({ latencyMax: 5_000 });
    await write(track, 3 * MAX_RECENT_GROUPS);
    const read = readAll(track);
    expect(read.length).toBeLessThanOrEqual(MAX_RECENT_GROUPS + 1);
    expect(read.length).toBeGreaterThan(MAX_RECENT_GROUPS - 100);
    expect(read.at(-1)).toBe(3 * MAX_RECENT_GROUPS - 1);
  });

  it('keeps all groups of the retention if there are not too many', async () => {
    const track = new Track.Producer('video').accept({ latencyMax: 5_000 });
    await write(track, MAX_RECENT_GROUPS - 12);
    expect(readAll(track)).toHaveLength(MAX_RECENT_GROUPS - 12);
    expect((await track.info()).latencyMax).toBe(5_000);
  });

  it('keeps new groups after the system clock was set back', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const track = new Track.Producer('video').accept({ latencyMax: 5_000 });
    await track.info();
    const writeAt = (sequence: number, atMs: number) => {
      vi.setSystemTime(atMs);
      const group = new Group.Producer(sequence);
      track.writeGroup(group);
      group.writeFrame({ payload: Uint8Array.of(1), timestamp: Time.Timestamp.now() });
      group.close();
    };
    const startMs = Date.now();
    for (let sequence = 0; sequence < MAX_RECENT_GROUPS; sequence += 1) writeAt(sequence, startMs + sequence);
    const next = Array.from({ length: 10 }, (_, i) => MAX_RECENT_GROUPS + i);
    for (const sequence of next) writeAt(sequence, startMs - 3_600_000 + sequence);
    expect(readAll(track).slice(-next.length)).toEqual(next);
  });
});
