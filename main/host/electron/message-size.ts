/** Minimum cost of a value, in bytes. It limits the number of values, and makes the walk end if an object contains itself. */
const VALUE_BYTES = 8;

/**
 * Whether a value consists only of plain values (null, undefined, booleans, numbers, strings, arrays, plain objects)
 * and takes at most `maxBytes`, estimated as 8 bytes per value and 2 per character. Stops at the limit, so that the
 * cost of a call does not depend on the size of the value.
 */
export function fitsInBytes(value: unknown, maxBytes: number): boolean {
  let left = maxBytes;
  const waiting: unknown[] = [value];
  while (waiting.length > 0) {
    const next = waiting.pop();
    left -= typeof next === 'string' ? VALUE_BYTES + 2 * next.length : VALUE_BYTES;
    if (left < 0) return false;
    if (typeof next !== 'object' || next === null) {
      if (!isPlain(next)) return false;
      continue;
    }
    const isArray = Array.isArray(next);
    if (!isArray && !isPlainObject(next)) return false;
    // The length is checked first, because copying the entries of a large object would already be expensive.
    if (isArray && next.length * VALUE_BYTES > left) return false;
    for (const key in next) {
      left -= isArray ? 0 : 2 * key.length;
      if (left < waiting.length * VALUE_BYTES) return false;
      waiting.push((next as Record<string, unknown>)[key]);
    }
  }
  return true;
}

function isPlain(value: unknown): boolean {
  return value === null || ['undefined', 'boolean', 'number', 'string'].includes(typeof value);
}

function isPlainObject(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
