import { describe, expect, it } from 'vitest';
import { cameraWish } from '../../../../../renderer/media/sources/device-sources.ts';

const lines = (wish: MediaTrackConstraints) => wish.height;

describe('a camera', () => {
  it('is asked for 1080p only where that may be sent and the machine is likely to manage it', () => {
    expect(lines(cameraWish(1080, 8))).toEqual({ ideal: 1080 });
    expect(lines(cameraWish(1080, 2))).toEqual({ ideal: 720 });
    expect(lines(cameraWish(720, 8))).toEqual({ ideal: 720 });
    expect(lines(cameraWish(180, 8))).toEqual({ ideal: 720 });
  });
});
