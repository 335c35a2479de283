/**
 * A chunk of bytes that was observed in a process. `atMs` is the wall-clock time in milliseconds since the
 * epoch. `dial` and `connected` are the start and the end of a dial, without bytes.
 */
export interface Tap {
  kind: (typeof kinds)[number];
  /** Number of the socket or of the iroh stream. Both directions of a bidirectional stream have the same number. */
  source: number;
  atMs: number;
  bytes: Uint8Array;
}

const kinds = ['socket', 'irohOut', 'irohIn', 'dial', 'connected'] as const;
/** Record header: kind, source, time, length. */
const HEAD_BYTES = 1 + 4 + 8 + 4;

/** Serializes taps for a file. */
export function encodeTaps(taps: readonly Tap[]): Uint8Array {
  return Buffer.concat(
    taps.flatMap(({ kind, source, atMs, bytes }) => {
      const head = Buffer.alloc(HEAD_BYTES);
      head.writeUInt8(kinds.indexOf(kind), 0);
      head.writeUInt32BE(source, 1);
      head.writeDoubleBE(atMs, 5);
      head.writeUInt32BE(bytes.byteLength, 13);
      return [head, bytes];
    }),
  );
}

/** Parses the output of `encodeTaps`. */
export function decodeTaps(file: Buffer): Tap[] {
  const taps: Tap[] = [];
  for (let at = 0; at + HEAD_BYTES <= file.length; ) {
    const bytes = file.subarray(at + HEAD_BYTES, at + HEAD_BYTES + file.readUInt32BE(at + 13));
    const kind = kinds[file.readUInt8(at)];
    if (kind) taps.push({ kind, source: file.readUInt32BE(at + 1), atMs: file.readDoubleBE(at + 5), bytes });
    at += HEAD_BYTES + bytes.length;
  }
  return taps;
}

/**
 * Extracts and unmasks the WebSocket messages (RFC 6455, section 5.2) that a browser sent, each with the time
 * at which its last byte arrived. Skips the HTTP requests before them.
 */
export function clientMessages(taps: readonly Tap[]): { atMs: number; bytes: Uint8Array }[] {
  const messages: { atMs: number; bytes: Uint8Array }[] = [];
  for (const source of new Set(taps.filter(({ kind }) => kind === 'socket').map((tap) => tap.source))) {
    let rest: Buffer = Buffer.alloc(0);
    for (const tap of taps) {
      if (tap.kind !== 'socket' || tap.source !== source) continue;
      rest = afterHttpRequests(Buffer.concat([rest, tap.bytes]));
      for (let frame = clientFrame(rest); frame; frame = clientFrame(rest)) {
        messages.push({ atMs: tap.atMs, bytes: frame.bytes });
        rest = rest.subarray(frame.length);
      }
    }
  }
  return messages;
}

/** Returns the data after all complete HTTP requests at its start. */
function afterHttpRequests(data: Buffer): Buffer {
  if (!data.subarray(0, 4).equals(Buffer.from('GET '))) return data;
  const end = data.indexOf('\r\n\r\n');
  return end < 0 ? data : afterHttpRequests(data.subarray(end + 4));
}

/** Decodes the first frame of the data; null if it is incomplete or not a masked frame. */
function clientFrame(data: Buffer): { bytes: Uint8Array; length: number } | null {
  if (data.length < 6 || ((data[1] ?? 0) & 0x80) === 0) return null;
  const short = (data[1] ?? 0) & 0x7f;
  const head = short === 126 ? 4 : short === 127 ? 10 : 2;
  if (data.length < head + 4) return null;
  const size = short === 126 ? data.readUInt16BE(2) : short === 127 ? Number(data.readBigUInt64BE(2)) : short;
  const start = head + 4;
  if (data.length < start + size) return null;
  const bytes = Uint8Array.from(
    data.subarray(start, start + size),
    (byte, i) => byte ^ (data[head + (i % 4)] ?? 0),
  );
  return { bytes, length: start + size };
}
