/** The field prime of edwards25519 (RFC 8032, section 5.1). */
const p = 2n ** 255n - 19n;
/** -121665/121666 mod p, the curve constant d (RFC 8032, section 5.1). */
const d = 37095705934669439343138083508754565189542113879843219016388785533085940283555n;

/**
 * Whether 32 bytes can be an ed25519 public key, that is, whether they decompress to a point on the curve
 * (RFC 8032, section 5.1.3). Only half of all byte strings do, so this check catches half of all mistyped
 * keys. Keys are public, so the arithmetic need not run in constant time.
 */
export function isEd25519Point(key: Uint8Array): boolean {
  if (key.length !== 32) return false;
  let y = 0n;
  for (let i = 31; i >= 0; i--) y = (y << 8n) | BigInt(key[i] ?? 0);
  // The top bit is the sign of x. Like Rust's curve25519-dalek, this reduces y modulo p instead of rejecting y >= p.
  y = (y & (2n ** 255n - 1n)) % p;
  const yy = (y * y) % p;
  // x² = (y² - 1) / (d·y² + 1) has a solution if and only if numerator times denominator is zero or a square.
  const product = ((yy - 1n + p) * (d * yy + 1n)) % p;
  return product === 0n || modPow(product, (p - 1n) / 2n) === 1n;
}

/** Computes base ** exponent mod p. */
function modPow(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  for (let square = base; exponent > 0n; exponent >>= 1n, square = (square * square) % p) {
    if (exponent & 1n) result = (result * square) % p;
  }
  return result;
}
