/**
 * Stands in for @moq/flate in a relay's pages, which saves 14 kB of the 60 that the player takes. The libraries need it for compressed
 * catalogs (`catalog.json.z`), and the player reads `catalog.json`, which every publisher has.
 */
export const DEFAULT_MAX_FRAME_SIZE = 0;

class None {
  constructor() {
    throw new Error('Compressed catalogs are not read here.');
  }

  frame(): never {
    throw new Error('Compressed catalogs are not read here.');
  }
}

export { None as Decoder, None as Encoder };
