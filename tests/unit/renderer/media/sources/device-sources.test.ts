import { describe, expect, it } from 'vitest';
import { cameraConstraints } from '../../../../../renderer/media/sources/device-sources.ts';

const lines = (constraints: MediaTrackConstraints) => constraints.height;

describe('cameraConstraints', () => {
  it('request 1080p only if 1080p may be sent and the machine has enough cores', () => {
    expect(lines(cameraConstraints(1080, 8))).toEqual({ ideal: 1080 });
    expect(lines(cameraConstraints(1080, 2))).toEqual({ ideal: 720 });
    expect(lines(cameraConstraints(720, 8))).toEqual({ ideal: 720 });
    expect(lines(cameraConstraints(180, 8))).toEqual({ ideal: 720 });
  });
});
