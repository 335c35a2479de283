/** An IP address with a port. */
export interface SocketAddr {
  /** The address bytes: 4 for IPv4, 16 for IPv6. */
  readonly ip: Uint8Array;
  readonly port: number;
}

/**
 * Parses `1.2.3.4:5` or `[::1]:5`. Returns undefined for any other text, including addresses with an IPv6 zone, which
 * is meaningless on another machine.
 */
export function parseSocketAddr(text: string): SocketAddr | undefined {
  const parts = /^(?:\[([0-9a-fA-F:.]+)\]|([0-9.]+)):([0-9]{1,5})$/.exec(text);
  if (!parts) return undefined;
  const port = Number(parts[3]);
  const ip = parts[1] === undefined ? parseIpv4(parts[2] ?? '') : parseIpv6(parts[1]);
  return ip && port <= 65_535 ? { ip, port } : undefined;
}

/** Formats an address in the same form as Rust (RFC 5952). */
export function formatSocketAddr({ ip, port }: SocketAddr): string {
  return ip.length === 4 ? `${ip.join('.')}:${port}` : `[${formatIpv6(ip)}]:${port}`;
}

/** Compares two addresses in the order of Rust's `SocketAddr`: IPv4 before IPv6, then by address, then by port. */
export function compareSocketAddrs(a: SocketAddr, b: SocketAddr): number {
  if (a.ip.length !== b.ip.length) return a.ip.length - b.ip.length;
  for (let i = 0; i < a.ip.length; i++) {
    const difference = (a.ip[i] ?? 0) - (b.ip[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.port - b.port;
}

/** Whether an address is 0.0.0.0 or [::]. A socket can listen on such an address, but nobody can dial it. */
export function isUnspecified({ ip }: SocketAddr): boolean {
  return ip.every((byte) => byte === 0);
}

function parseIpv4(text: string): Uint8Array | undefined {
  const numbers = text.split('.');
  // Leading zeros are rejected, because some parsers read them as octal.
  const valid =
    numbers.length === 4 && numbers.every((n) => /^(0|[1-9][0-9]{0,2})$/.test(n) && Number(n) <= 255);
  return valid ? Uint8Array.from(numbers, Number) : undefined;
}

function parseIpv6(text: string): Uint8Array | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const head = ipv6Words(halves[0] ?? '', halves.length === 1);
  const tail = ipv6Words(halves[1] ?? '', true);
  if (!head || !tail) return undefined;
  const missing = 8 - head.length - tail.length;
  // `::` replaces at least one group of zeros.
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined;
  const words = [...head, ...Array.from({ length: missing }, () => 0), ...tail];
  return Uint8Array.from(words.flatMap((word) => [word >> 8, word & 0xff]));
}

/**
 * Splits a string into the 16-bit groups between its colons. If `atEnd` is set, the last group may be an IPv4
 * address.
 */
function ipv6Words(text: string, atEnd: boolean): number[] | undefined {
  if (text === '') return [];
  const groups = text.split(':');
  const words: number[] = [];
  for (const [index, group] of groups.entries()) {
    if (atEnd && index === groups.length - 1 && group.includes('.')) {
      const [a = 0, b = 0, c = 0, e = 0] = parseIpv4(group) ?? [];
      if (!parseIpv4(group)) return undefined;
      words.push((a << 8) | b, (c << 8) | e);
    } else if (/^[0-9a-fA-F]{1,4}$/.test(group)) {
      words.push(Number.parseInt(group, 16));
    } else {
      return undefined;
    }
  }
  return words;
}

function formatIpv6(ip: Uint8Array): string {
  const words = Array.from({ length: 8 }, (_, i) => ((ip[2 * i] ?? 0) << 8) | (ip[2 * i + 1] ?? 0));
  if (words.slice(0, 5).every((word) => word === 0) && words[5] === 0xffff) {
    return `::ffff:${ip.subarray(12).join('.')}`;
  }
  const gap = longestZeros(words);
  const hex = (part: readonly number[]) => part.map((word) => word.toString(16)).join(':');
  if (gap.length < 2) return hex(words);
  return `${hex(words.slice(0, gap.start))}::${hex(words.slice(gap.start + gap.length))}`;
}

function longestZeros(words: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  let run = { start: 0, length: 0 };
  for (const [index, word] of words.entries()) {
    if (word !== 0) continue;
    run = run.start + run.length === index ? { ...run, length: run.length + 1 } : { start: index, length: 1 };
    if (run.length > best.length) best = run;
  }
  return best;
}

/** Whether an address is in 127.0.0.0/8, or ::1. */
export function isLoopback({ ip }: SocketAddr): boolean {
  return ip.length === 4 ? ip[0] === 127 : ip.every((byte, i) => byte === (i === 15 ? 1 : 0));
}

/** Whether an address is in fe80::/10. Such an address can be dialed only with a zone. */
export function isLinkLocalV6({ ip }: SocketAddr): boolean {
  return ip.length === 16 && ip[0] === 0xfe && ((ip[1] ?? 0) & 0xc0) === 0x80;
}
