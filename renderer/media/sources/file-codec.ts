/** Number of bytes to search at each end of a file. MP4 files keep their track descriptions at either end. */
const SEARCHED_BYTES = 4 * 1024 * 1024;
/**
 * Number of bytes from the type of the `stsd` box to the type of its first sample entry (ISO/IEC 14496-12,
 * section 8.5.2).
 */
const SAMPLE_ENTRY_OFFSET = 16;

/** Names of video codecs that browsers might be unable to play, by MP4 sample entry or Matroska codec id. */
const CODEC_NAMES: Readonly<Record<string, string>> = {
  hvc1: 'HEVC',
  hev1: 'HEVC',
  dvh1: 'HEVC with Dolby Vision',
  dvhe: 'HEVC with Dolby Vision',
  av01: 'AV1',
  avc1: 'H.264',
  avc3: 'H.264',
  mp4v: 'MPEG-4 Visual',
  apch: 'ProRes',
  apcn: 'ProRes',
  apcs: 'ProRes',
  apco: 'ProRes',
  ap4h: 'ProRes',
  mjpa: 'Motion JPEG',
  'V_MPEGH/ISO/HEVC': 'HEVC',
  V_AV1: 'AV1',
  'V_MPEG4/ISO/AVC': 'H.264',
  'V_MPEG4/ISO/ASP': 'MPEG-4 Visual',
  V_MPEG2: 'MPEG-2',
  'V_MS/VFW/FOURCC': 'an old AVI codec',
  V_PRORES: 'ProRes',
};

/**
 * Returns the name of the video codec of an MP4, QuickTime or Matroska file; null if the codec is unknown or
 * the file cannot be read. Never rejects. Searches for the identifiers of known codecs instead of parsing the
 * file. The name appears only in the message about a file that the browser cannot play. That does not justify
 * the download of a demuxer such as mediabunny on a relay's publish page.
 */
export async function videoCodecOf(file: Blob): Promise<string | null> {
  try {
    for (const part of [file.slice(0, SEARCHED_BYTES), file.slice(-SEARCHED_BYTES)]) {
      // Latin-1 maps each byte to one character, so the file can be searched as text.
      const text = new TextDecoder('latin1').decode(await part.arrayBuffer());
      const codec = mp4Codec(text) ?? matroskaCodec(text);
      if (codec) return codec;
    }
  } catch {
    // An unreadable file has no known codec. The caller reports that it cannot be played.
  }
  return null;
}

function mp4Codec(text: string): string | null {
  for (const { index } of text.matchAll(/stsd/g)) {
    const at = index + SAMPLE_ENTRY_OFFSET;
    const name = CODEC_NAMES[text.slice(at, at + 4)];
    if (name) return name;
  }
  return null;
}

function matroskaCodec(text: string): string | null {
  // Matroska files begin with the id of the EBML header (RFC 8794, section 11.2.1).
  if (!text.startsWith('\x1a\x45\xdf\xa3')) return null;
  const id = /V_[A-Z0-9]+(?:\/[A-Z0-9]+)*/.exec(text)?.[0];
  return (id && CODEC_NAMES[id]) ?? null;
}
