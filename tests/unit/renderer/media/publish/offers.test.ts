import { describe, expect, it } from 'vitest';
import type { RenditionPlan } from '../../../../../renderer/media/publish/codecs.ts';
import { offersOf, type Shares } from '../../../../../renderer/media/publish/offers.ts';

const plan = (height: number, bitrate: number): RenditionPlan => ({
  name: `video/h264-${height}p`,
  family: 'h264',
  catalogCodec: 'avc3.42e01f',
  encoder: { codec: 'avc1.42e01f', width: (height * 16) / 9, height, framerate: 30, bitrate },
});
const ladder = [plan(720, 2_500_000), plan(360, 770_000), plan(180, 240_000)];
const free = { dropped: 0, divider: 1 };
const sharing = (shares: Shares) => () => shares;
const all = sharing(new Map());
const seen = ({ plans }: ReturnType<typeof offersOf>) =>
  plans.map(({ encoder }) => `${encoder.height}p${encoder.framerate} ${encoder.bitrate}`);

describe('offers', () => {
  it('are the whole ladder where nothing limits them', () => {
    expect(offersOf(ladder, 'motion', free, all)).toEqual({ plans: ladder, note: null });
  });

  it('are without what the machine cannot encode, and say so', () => {
    const offers = offersOf(ladder, 'motion', { dropped: 1, divider: 1 }, all);
    expect(offers.plans).toEqual(ladder.slice(1));
    expect(offers.note).toBe('This computer cannot encode 720p in time, so viewers get 360p at most.');
  });

  it('move less where the machine cannot encode every picture', () => {
    const offers = offersOf(ladder, 'motion', { dropped: 0, divider: 2 }, all);
    expect(seen(offers)).toEqual(['720p15 1649385', '360p30 770000', '180p30 240000']);
    expect(offers.note).toMatch(/viewers get 15 a second/);
  });

  it('keep to the upload limit', () => {
    const shares = sharing(
      new Map<string, number | null>([
        ['video/h264-720p', null],
        ['video/h264-360p', 500_000],
      ]),
    );
    const offers = offersOf(ladder, 'motion', free, shares);
    expect(seen(offers)).toEqual(['360p30 500000', '180p30 240000']);
    expect(offers.note).toBe('The upload limit leaves room for 360p at most.');
    const screen = offersOf(ladder, 'detail', free, shares);
    expect(seen(screen)).toEqual(['360p14 500000', '180p30 240000']);
  });

  it('are none where the limit leaves no room', () => {
    const offers = offersOf(ladder, 'motion', free, sharing(new Map(ladder.map(({ name }) => [name, null]))));
    expect(offers.plans).toEqual([]);
    expect(offers.note).toMatch(/viewers hear you only/);
  });

  it('split the upload over what the machine can encode', () => {
    const names: string[] = [];
    offersOf(ladder, 'motion', { dropped: 1, divider: 2 }, (encodable) => {
      names.push(...encodable.map(({ name, encoder }) => `${name} ${encoder.bitrate}`));
      return new Map();
    });
    expect(names).toEqual(['video/h264-360p 508011', 'video/h264-180p 240000']);
  });
});
