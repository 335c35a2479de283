import { describe, expect, it } from 'vitest';
import type { RenditionPlan } from '../../../../../renderer/media/publish/codecs.ts';
import { type BitrateAllocation, limitLadder } from '../../../../../renderer/media/publish/ladder-limits.ts';

const plan = (height: number, bitrate: number): RenditionPlan => ({
  name: `video/h264-${height}p`,
  family: 'h264',
  catalogCodec: 'avc3.42e01f',
  encoder: { codec: 'avc1.42e01f', width: (height * 16) / 9, height, framerate: 30, bitrate },
});
const ladder = [plan(720, 2_500_000), plan(360, 770_000), plan(180, 240_000)];
const noReduction = { droppedRenditions: 0, frameRateDivider: 1 };
const allocating = (allocation: BitrateAllocation) => () => allocation;
const unlimited = allocating(new Map());
const summary = ({ plans }: ReturnType<typeof limitLadder>) =>
  plans.map(({ encoder }) => `${encoder.height}p${encoder.framerate} ${encoder.bitrate}`);

describe('limitLadder', () => {
  it('returns the whole ladder if there is no limit', () => {
    expect(limitLadder(ladder, 'motion', noReduction, unlimited)).toEqual({ plans: ladder, note: null });
  });

  it('removes renditions that the computer cannot encode, and explains why in a note', () => {
    const limited = limitLadder(ladder, 'motion', { droppedRenditions: 1, frameRateDivider: 1 }, unlimited);
    expect(limited.plans).toEqual(ladder.slice(1));
    expect(limited.note).toBe('This computer is too slow to encode 720p, so viewers get at most 360p.');
  });

  it('lowers the frame rate if the computer cannot encode every frame', () => {
    const limited = limitLadder(ladder, 'motion', { droppedRenditions: 0, frameRateDivider: 2 }, unlimited);
    expect(summary(limited)).toEqual(['720p15 1649385', '360p30 770000', '180p30 240000']);
    expect(limited.note).toMatch(/viewers get 15 frames per second/);
  });

  it('applies the upload limit', () => {
    const allocate = allocating(
      new Map<string, number | null>([
        ['video/h264-720p', null],
        ['video/h264-360p', 500_000],
      ]),
    );
    const limited = limitLadder(ladder, 'motion', noReduction, allocate);
    expect(summary(limited)).toEqual(['360p30 500000', '180p30 240000']);
    expect(limited.note).toBe('The upload limit allows at most 360p.');
    const screen = limitLadder(ladder, 'detail', noReduction, allocate);
    expect(summary(screen)).toEqual(['360p14 500000', '180p30 240000']);
  });

  it('removes all renditions if the upload limit is too low for video', () => {
    const allocate = allocating(new Map(ladder.map(({ name }) => [name, null])));
    const limited = limitLadder(ladder, 'motion', noReduction, allocate);
    expect(limited.plans).toEqual([]);
    expect(limited.note).toMatch(/viewers only hear you/);
  });

  it('splits the upload among the renditions that the computer can encode', () => {
    const names: string[] = [];
    limitLadder(ladder, 'motion', { droppedRenditions: 1, frameRateDivider: 2 }, (encodable) => {
      names.push(...encodable.map(({ name, encoder }) => `${name} ${encoder.bitrate}`));
      return new Map();
    });
    expect(names).toEqual(['video/h264-360p 508011', 'video/h264-180p 240000']);
  });
});
