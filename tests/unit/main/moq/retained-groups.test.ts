import { Group, Time } from 'moq-net';
import { describe, expect, it } from 'vitest';
import { RetainedGroups } from '../../../../main/moq/retained-groups.ts';

function write(retained: RetainedGroups, track: object, sequence: number, bytes: number): Group.Producer {
  const group = new Group.Producer(sequence);
  retained.addNewest(track, group);
  group.writeFrame({ payload: new Uint8Array(bytes), timestamp: Time.Timestamp.now() });
  retained.addFrame(group, bytes);
  return group;
}
const isKept = (group: Group.Producer) => group.mirror().tryReadFrame() !== undefined;

describe('groups for late readers', () => {
  it('are dropped, oldest first, if a track keeps too many bytes, but never the newest', () => {
    const retained = new RetainedGroups(5_000, 250, 10_000);
    const track = {};
    const groups = [0, 1, 2, 3, 4].map((sequence) => write(retained, track, sequence, 100));
    expect(groups.map(isKept)).toEqual([false, false, true, true, true]);
    expect(retained.totalBytes).toBe(200);
  });

  it('are dropped if all tracks keep too many bytes', () => {
    const retained = new RetainedGroups(5_000, 1_000, 150);
    const [a, b] = [{}, {}];
    const first = write(retained, a, 0, 100);
    write(retained, a, 1, 100);
    const second = write(retained, b, 0, 100);
    write(retained, b, 1, 100);
    expect([first, second].map(isKept)).toEqual([false, true]);
  });

  it('no longer count once moq-net itself has dropped them', () => {
    const retained = new RetainedGroups(0);
    const track = {};
    for (let sequence = 0; sequence < 3; sequence += 1) write(retained, track, sequence, 100);
    expect(retained.totalBytes).toBeLessThanOrEqual(100);
  });
});
