/** The frames of QMux drafts 01 and 02 (`js/qmux/src/frame.ts` in moq-dev/moq; most are QUIC's, RFC 9000, section 19). */

/** The type of a PING frame, which asks for a response. */
export const PING = 0x348c67529ef8c7bdn;

const TRANSPORT_PARAMETERS = 0x3f5153300d0a0d0an;
const PONG = 0x348c67529ef8c7ben;

/** How the fields after a frame's type are laid out. */
interface Layout {
  /** The number of varints after the type. */
  varints: number;
  /** Whether the last varint is the length of the data that follows it. */
  data?: boolean;
}

const LAYOUTS = new Map<bigint, Layout>([
  [0x04n, { varints: 3 }], // RESET_STREAM
  [0x05n, { varints: 2 }], // STOP_SENDING
  [0x10n, { varints: 1 }], // MAX_DATA
  [0x11n, { varints: 2 }], // MAX_STREAM_DATA
  [0x12n, { varints: 1 }], // MAX_STREAMS
  [0x13n, { varints: 1 }],
  [0x14n, { varints: 1 }], // DATA_BLOCKED
  [0x15n, { varints: 2 }], // STREAM_DATA_BLOCKED
  [0x16n, { varints: 1 }], // STREAMS_BLOCKED
  [0x17n, { varints: 1 }],
  [0x1cn, { varints: 3, data: true }], // CONNECTION_CLOSE
  [0x1dn, { varints: 2, data: true }], // APPLICATION_CLOSE
  [0x24n, { varints: 4 }], // RESET_STREAM_AT
  [0x31n, { varints: 1, data: true }], // DATAGRAM
  [TRANSPORT_PARAMETERS, { varints: 1, data: true }],
  [PING, { varints: 1 }],
  [PONG, { varints: 1 }],
]);

/**
 * Finds the first frame in a record. `length` includes any padding before the frame. If the frame extends to
 * the end of the record, is cut off or has an unknown type, `length` is the length of the record, because
 * qmux rejects invalid frames itself. `type` is undefined if the record has no frame.
 */
export function firstFrame(record: Uint8Array): { type: bigint | undefined; length: number } {
  let start = 0;
  while (record[start] === 0) start += 1;
  const typeEnd = varintEnd(record, start);
  if (typeEnd === undefined) return { type: undefined, length: record.byteLength };
  const type = varintAt(record, start, typeEnd);
  const layout = layoutOf(type);
  let offset = typeEnd;
  let dataBytes = 0;
  for (let i = 0; layout && i < layout.varints; i += 1) {
    const end = varintEnd(record, offset);
    if (end === undefined) return { type, length: record.byteLength };
    if (layout.data && i === layout.varints - 1) dataBytes = Number(varintAt(record, offset, end));
    offset = end;
  }
  return { type, length: layout ? Math.min(offset + dataBytes, record.byteLength) : record.byteLength };
}

function layoutOf(type: bigint): Layout | undefined {
  // The type of a STREAM frame indicates which fields it has: bit 2 is set for an offset, bit 1 for a length.
  if (type < 0x08n || type > 0x0fn) return LAYOUTS.get(type);
  if ((type & 0x02n) === 0n) return undefined;
  return { varints: (type & 0x04n) === 0n ? 2 : 3, data: true };
}

/** Returns the offset after the varint at `offset` (RFC 9000, section 16), or undefined if it is cut off. */
function varintEnd(bytes: Uint8Array, offset: number): number | undefined {
  const first = bytes[offset];
  if (first === undefined) return undefined;
  const end = offset + (1 << (first >> 6));
  return end > bytes.byteLength ? undefined : end;
}

function varintAt(bytes: Uint8Array, start: number, end: number): bigint {
  let value = BigInt((bytes[start] ?? 0) & 0x3f);
  for (let i = start + 1; i < end; i += 1) value = (value << 8n) | BigInt(bytes[i] ?? 0);
  return value;
}
