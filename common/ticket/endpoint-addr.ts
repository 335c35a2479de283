import { isEd25519Point } from './ed25519-point.ts';
import { compareSocketAddrs, formatSocketAddr, parseSocketAddr } from './socket-addr.ts';
import { TicketError } from './ticket-error.ts';

/** How a peer can be reached: its public key, its iroh relays, and its IP addresses. */
export interface PeerAddr {
  /** The peer's ed25519 public key, as 64 lowercase hex digits. */
  readonly endpointId: string;
  readonly relayUrls: readonly string[];
  /** Socket addresses in the form `1.2.3.4:5` or `[::1]:5`. */
  readonly ipAddrs: readonly string[];
}

/** Variant numbers of iroh's `TransportAddr` enum in postcard. */
const RELAY_KIND = 0;
const IP_KIND = 1;
/** Variant numbers of `SocketAddr` in serde. */
const V4_KIND = 0;
const V6_KIND = 1;

const KEY_BYTES = 32;
/**
 * Maximum value of counts and lengths. A ticket has at most 4096 characters, so valid values are far below
 * this limit.
 */
const MAX_U32 = 0xffff_ffff;

/**
 * Encodes an address like iroh's `EndpointAddr` in postcard: key, count, addresses. As in Rust's `BTreeSet`, the
 * addresses are sorted and unique: relays by URL, then IPv4, then IPv6.
 *
 * @throws TicketError `bad-key`, `bad-relay-url`, `bad-address`
 */
export function encodeEndpointAddr(addr: PeerAddr): Uint8Array {
  const relayUrls = sortedRelayUrls(addr.relayUrls);
  const ipAddrs = sortedIpAddrs(addr.ipAddrs);
  const bytes = [...keyBytes(addr.endpointId), ...varint(relayUrls.length + ipAddrs.length)];
  for (const url of relayUrls) {
    const utf8 = new TextEncoder().encode(url);
    bytes.push(...varint(RELAY_KIND), ...varint(utf8.length), ...utf8);
  }
  for (const { ip, port } of ipAddrs) {
    bytes.push(...varint(IP_KIND), ...varint(ip.length === 4 ? V4_KIND : V6_KIND), ...ip, ...varint(port));
  }
  return Uint8Array.from(bytes);
}

/**
 * Decodes the output of `encodeEndpointAddr`. Also accepts unsorted addresses and duplicates, but returns
 * them sorted and unique.
 *
 * @throws TicketError `truncated`, `left-over`, `bad-number`, `bad-key`, `bad-relay-url`,
 *   `unknown-address-kind`
 */
export function decodeEndpointAddr(bytes: Uint8Array): PeerAddr {
  const reader = new Reader(bytes);
  const key = reader.read(KEY_BYTES);
  if (!isEd25519Point(key)) throw badKey();
  const relayUrls: string[] = [];
  const ipAddrs: string[] = [];
  for (let left = reader.varint(MAX_U32); left > 0; left--) {
    const kind = reader.varint(MAX_U32);
    if (kind === RELAY_KIND) relayUrls.push(relayUrl(reader.utf8(reader.varint(MAX_U32))));
    else if (kind === IP_KIND) ipAddrs.push(socketAddr(reader));
    else throw unknownKind(`address kind ${kind}`);
  }
  reader.end();
  return {
    endpointId: toHex(key),
    relayUrls: sortedRelayUrls(relayUrls),
    ipAddrs: sortedIpAddrs(ipAddrs).map(formatSocketAddr),
  };
}

function socketAddr(reader: Reader): string {
  const version = reader.varint(MAX_U32);
  if (version !== V4_KIND && version !== V6_KIND) throw unknownKind(`IP version tag ${version}`);
  const ip = reader.read(version === V4_KIND ? 4 : 16);
  return formatSocketAddr({ ip, port: reader.varint(0xffff) });
}

/** Reads the postcard format. Its varints are little-endian groups of seven bits. */
class Reader {
  readonly #bytes: Uint8Array;
  #offset = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  read(length: number): Uint8Array {
    if (length > this.#bytes.length - this.#offset) {
      throw new TicketError('truncated', 'The ticket is incomplete: part of its address is missing.');
    }
    this.#offset += length;
    return this.#bytes.slice(this.#offset - length, this.#offset);
  }

  /** Reads a varint. Rejects values above `max` and encodings that are longer than necessary. */
  varint(max: number): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.read(1)[0] ?? 0;
      value += (byte & 0x7f) * scale;
      if (value > max || (byte === 0 && scale > 1)) throw badNumber();
      if (byte < 0x80) return value;
      // The number of groups must be limited, because an endless run of zeros would never exceed `max`. Five groups
      // can encode any 32-bit number.
      if (scale >= 128 ** 4) throw badNumber();
    }
  }

  utf8(length: number): string {
    const bytes = this.read(length);
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch (cause) {
      throw new TicketError('bad-relay-url', 'The ticket is damaged: its relay address is not valid text.', {
        cause,
      });
    }
  }

  end(): void {
    const left = this.#bytes.length - this.#offset;
    if (left > 0) {
      throw new TicketError(
        'left-over',
        `The ticket is damaged: its address is followed by ${left} extra bytes.`,
      );
    }
  }
}

function varint(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varint(value >>> 7)];
}

function sortedRelayUrls(urls: readonly string[]): string[] {
  // Normalized URLs are ASCII, so sorting by UTF-16 code units is the same as sorting by bytes.
  return [...new Set(urls.map(relayUrl))].sort();
}

function sortedIpAddrs(texts: readonly string[]) {
  const addrs = texts.map((text) => {
    const addr = parseSocketAddr(text);
    if (!addr) throw new TicketError('bad-address', `"${shorten(text)}" is not an IP address with a port.`);
    return addr;
  });
  return addrs
    .sort(compareSocketAddrs)
    .filter((addr, i) => i === 0 || compareSocketAddrs(addr, addrs[i - 1] ?? addr) !== 0);
}

/**
 * Normalizes a relay URL like Rust's `Url`, for example by adding a `/` after the host. iroh relays use HTTP or
 * HTTPS.
 */
function relayUrl(text: string): string {
  if (URL.canParse(text)) {
    const url = new URL(text);
    if (url.protocol === 'https:' || url.protocol === 'http:') return url.href;
  }
  throw new TicketError('bad-relay-url', `The relay address "${shorten(text)}" is not a web address.`);
}

function keyBytes(endpointId: string): Uint8Array {
  if (!/^[0-9a-f]{64}$/i.test(endpointId)) throw badKey();
  const key = Uint8Array.from({ length: KEY_BYTES }, (_, i) =>
    Number.parseInt(endpointId.slice(2 * i, 2 * i + 2), 16),
  );
  if (!isEd25519Point(key)) throw badKey();
  return key;
}

function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/**
 * Returns the start of an invalid address for use in an error message. Replaces characters that cannot occur
 * in an address.
 */
function shorten(text: string): string {
  const start = text.length > 60 ? `${text.slice(0, 60)}…` : text;
  return start.replace(/[^\x21-\x7E…]/g, '?');
}

function badKey(): TicketError {
  return new TicketError('bad-key', 'The ticket is damaged: its public key is not valid.');
}

function badNumber(): TicketError {
  return new TicketError('bad-number', 'The ticket is damaged: a number in its address is not valid.');
}

function unknownKind(what: string): TicketError {
  return new TicketError(
    'unknown-address-kind',
    `The ticket contains an address of an unknown kind (${what}). A newer version of the app may open it.`,
  );
}
