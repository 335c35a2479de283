import { describe, expect, it } from 'vitest';
import { videoCodecOf } from '../../../../../renderer/media/sources/file-codec.ts';

const bytes = (text: string) => Uint8Array.from(text, (char) => char.charCodeAt(0));
/** The start of an MP4 file's sample description box with one entry. */
const stsd = (entry: string) => bytes(`\0\0\0\x20stsd\0\0\0\0\0\0\0\x01\0\0\0\x10${entry}\0\0\0\0`);
const EBML = '\x1a\x45\xdf\xa3';

describe('videoCodecOf', () => {
  it.each([
    ['hvc1', 'HEVC'],
    ['hev1', 'HEVC'],
    ['apch', 'ProRes'],
    ['avc1', 'H.264'],
    ['mp4a', null],
  ])('names the codec of an MP4 file with the sample entry %s', async (entry, name) => {
    expect(await videoCodecOf(new Blob([bytes('\0\0\0\x08ftyp'), stsd(entry)]))).toBe(name);
  });

  it('finds the video track after the audio track, and at the end of a large file', async () => {
    const file = new Blob([new Uint8Array(9 * 1024 * 1024), stsd('mp4a'), stsd('hvc1')]);
    expect(await videoCodecOf(file)).toBe('HEVC');
  });

  it.each([
    ['V_MPEGH/ISO/HEVC', 'HEVC'],
    ['V_PRORES', 'ProRes'],
    ['V_UNKNOWN', null],
  ])('names the codec of a Matroska file with the codec id %s', async (id, name) => {
    expect(await videoCodecOf(new Blob([bytes(`${EBML}\x86\x85${id}\0`)]))).toBe(name);
  });

  it('ignores codec ids in other files', async () => {
    expect(await videoCodecOf(new Blob([bytes('RIFF hvc1 V_MPEGH/ISO/HEVC')]))).toBeNull();
    expect(await videoCodecOf(new Blob([]))).toBeNull();
  });
});
