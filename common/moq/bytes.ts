/**
 * Copies `parts` into one new array, in order. If only one part is not empty, returns that part without
 * copying it.
 */
export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  const nonEmpty = parts.filter(({ byteLength }) => byteLength > 0);
  const [only] = nonEmpty;
  if (only && nonEmpty.length === 1) return only;
  const bytes = new Uint8Array(nonEmpty.reduce((sum, { byteLength }) => sum + byteLength, 0));
  let offset = 0;
  for (const part of nonEmpty) {
    bytes.set(part, offset);
    offset += part.byteLength;
  }
  return bytes;
}
