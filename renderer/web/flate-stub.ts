/**
 * Replaces @moq/flate in a relay's pages, which saves 14 kB of the player's 60 kB. It is needed only for
 * compressed catalogs (`catalog.json.z`), but the player reads `catalog.json`, which every publisher
 * provides.
 */
export const DEFAULT_MAX_FRAME_SIZE = 0;

class Unsupported {
  constructor() {
    throw new Error('This page does not support compressed catalogs.');
  }

  frame(): never {
    throw new Error('This page does not support compressed catalogs.');
  }
}

export { Unsupported as Decoder, Unsupported as Encoder };
