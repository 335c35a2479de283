/**
 * Estimated size of a value, in bytes, without the characters of a string. Every value has at least this
 * size, so the traversal reaches the limit even if an object contains itself.
 */
const VALUE_BYTES = 8;

/**
 * Whether a value is plain (null, undefined, booleans, numbers, strings, arrays, plain objects) and its
 * estimated size is at most `maxBytes`. The estimate is 8 bytes per value plus 2 bytes per character. The
 * traversal stops at the limit.
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
    // The length of an array is checked first, because even listing the entries of a huge array is expensive.
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
