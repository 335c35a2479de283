/**
 * Whether 32 bytes can be an ed25519 public key: whether they decompress to a point of the curve. About half of all
 * byte strings do not, so this catches most slips in a ticket's key before anything is dialled. Nothing secret passes
 * here, so plain BigInt arithmetic will do. Formulas and constants: RFC 8032, sections 5.1 and 5.1.3.
 */
const p = 2n ** 255n - 19n;
/** -121665/121666 mod p. */
const d = 37095705934669439343138083508754565189542113879843219016388785533085940283555n;

export function isEd25519Point(key: Uint8Array): boolean {
  if (key.length !== 32) return false;
  let y = 0n;
  for (let i = 31; i >= 0; i--) y = (y << 8n) | BigInt(key[i] ?? 0);
  // The top bit is the sign of x. Like Rust's curve25519-dalek, a y of p or more is taken modulo p.
  y = (y & (2n ** 255n - 1n)) % p;
  const yy = (y * y) % p;
  // x² = (y² - 1) / (d·y² + 1) has a root exactly when numerator times denominator is zero or a square.
  const product = ((yy - 1n + p) * (d * yy + 1n)) % p;
  return product === 0n || power(product, (p - 1n) / 2n) === 1n;
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  for (let square = base; exponent > 0n; exponent >>= 1n, square = (square * square) % p) {
    if (exponent & 1n) result = (result * square) % p;
  }
  return result;
}
