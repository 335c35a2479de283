/** Marks the start of a NAL unit (ITU-T H.264, annex B). */
const START_CODE = Uint8Array.of(0, 0, 0, 1);
/** NAL unit type of a sequence parameter set (ITU-T H.264, table 7-1). */
const SPS_TYPE = 7;

/**
 * Converts H.264 from length-prefixed NAL units to Annex B, with the parameter sets in each keyframe. WebKit's encoder
 * ignores `avc: { format: 'annexb' }`.
 */
export class AnnexBConverter {
  readonly #lengthBytes: number;
  readonly #parameterSets: readonly Uint8Array[];

  /**
   * @param description the decoder configuration record "avcC" (ISO/IEC 14496-15, section 5.3.3.1)
   * @throws Error if it is truncated
   */
  constructor(description: Uint8Array) {
    this.#lengthBytes = (byteAt(description, 4) & 3) + 1;
    const sets: Uint8Array[] = [];
    let at = 5;
    for (const mask of [0x1f, 0xff]) {
      for (let left = byteAt(description, at++) & mask; left > 0; left -= 1) {
        const length = byteAt(description, at) * 256 + byteAt(description, at + 1);
        sets.push(slice(description, at + 2, length));
        at += 2 + length;
      }
    }
    this.#parameterSets = sets;
  }

  /**
   * Converts one frame.
   *
   * @throws Error if a NAL unit is truncated
   */
  convert(frame: Uint8Array, isKey: boolean): Uint8Array {
    const units: Uint8Array[] = [];
    for (let at = 0; at < frame.length; ) {
      let length = 0;
      for (let i = 0; i < this.#lengthBytes; i += 1) length = length * 256 + byteAt(frame, at + i);
      at += this.#lengthBytes;
      units.push(slice(frame, at, length));
      at += length;
    }
    const hasParameterSets = units.some((unit) => ((unit[0] ?? 0) & 0x1f) === SPS_TYPE);
    return joined(isKey && !hasParameterSets ? [...this.#parameterSets, ...units] : units);
  }
}

function joined(units: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(units.reduce((sum, unit) => sum + START_CODE.length + unit.length, 0));
  let at = 0;
  for (const unit of units) {
    bytes.set(START_CODE, at);
    bytes.set(unit, at + START_CODE.length);
    at += START_CODE.length + unit.length;
  }
  return bytes;
}

function slice(bytes: Uint8Array, start: number, length: number): Uint8Array {
  if (start + length > bytes.length) throw truncated();
  return bytes.subarray(start, start + length);
}

function byteAt(bytes: Uint8Array, index: number): number {
  const byte = bytes[index];
  if (byte === undefined) throw truncated();
  return byte;
}

function truncated(): Error {
  return new Error('the encoder’s H.264 is truncated');
}
