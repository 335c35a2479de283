/**
 * Limits the memory that a peer can occupy with open groups. moq-net keeps a group for as long as its stream
 * is open, so a peer could fill the memory by opening many streams and never ending them. Ended groups are
 * dropped by age instead (see retention.ts).
 */

/**
 * Maximum number of bytes in all open group streams of one session. This is more than four times what four
 * 1080p renditions (about 15 Mbit/s together) produce in eight seconds, yet several hostile sessions cannot
 * exhaust the memory.
 */
const MAX_SESSION_BYTES = 64 * 1024 * 1024;
/**
 * Maximum number of bytes in the open groups of all sessions: enough for four peers at their limit, and small
 * enough for a small relay server.
 */
const MAX_TOTAL_BYTES = 256 * 1024 * 1024;
/** moq-lite does not define error codes; any code other than 0 tells the sender that the group was cancelled. */
const OVERFLOW_CODE = 3;

interface OpenGroup {
  bytes: number;
  cancel(): void;
}

/** The open groups of one session, oldest first. */
class SessionOpenGroups {
  readonly groups = new Set<OpenGroup>();
  bytes = 0;

  cancelOldest(): void {
    // Only open groups occupy bytes, so a session over its limit has at least one open group.
    this.groups.values().next().value?.cancel();
  }
}

/**
 * Counts the bytes in the open groups of several sessions. While the total exceeds the limit, the largest session's
 * oldest group is cancelled.
 */
export class OpenGroupBudget {
  readonly #maxBytes: number;
  readonly #sessions = new Set<SessionOpenGroups>();
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Total number of bytes in open groups, over all sessions. */
  get totalBytes(): number {
    return this.#bytes;
  }

  /** Adds bytes that a session received. A negative `bytes` subtracts the bytes of a group that has ended. */
  addBytes(session: SessionOpenGroups, bytes: number): void {
    session.bytes += bytes;
    this.#bytes += bytes;
    if (session.bytes > 0) this.#sessions.add(session);
    else this.#sessions.delete(session);
    while (this.#bytes > this.#maxBytes) {
      const largest = [...this.#sessions].reduce((a, b) => (b.bytes > a.bytes ? b : a), session);
      largest.cancelOldest();
    }
  }
}

const processBudget = new OpenGroupBudget(MAX_TOTAL_BYTES);

/**
 * Passes on a session's incoming group streams and counts their bytes until they end. While the session's
 * total exceeds `maxSessionBytes`, its oldest open group is cancelled: the sender receives STOP_SENDING, and
 * the reader an error. The bytes also count towards `budget`.
 */
export function limitOpenGroups(
  incoming: ReadableStream<ReadableStream<Uint8Array>>,
  maxSessionBytes = MAX_SESSION_BYTES,
  budget = processBudget,
): ReadableStream<ReadableStream<Uint8Array>> {
  const session = new SessionOpenGroups();

  const counted = (stream: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> => {
    const reader = stream.getReader();
    let fail: (error: Error) => void = () => undefined;
    const group: OpenGroup = {
      bytes: 0,
      cancel: () => {
        const reason = Object.assign(new Error('too many bytes in open groups'), {
          source: 'stream',
          streamErrorCode: OVERFLOW_CODE,
        });
        end();
        fail(reason);
        reader.cancel(reason).catch(() => undefined);
      },
    };
    const end = () => {
      if (session.groups.delete(group)) budget.addBytes(session, -group.bytes);
    };
    session.groups.add(group);
    return new ReadableStream<Uint8Array>({
      start(controller) {
        fail = (error) => controller.error(error);
      },
      async pull(controller) {
        try {
          const { value, done } = await reader.read();
          if (!session.groups.has(group)) return;
          if (done) {
            end();
            controller.close();
            return;
          }
          group.bytes += value.byteLength;
          controller.enqueue(value);
          budget.addBytes(session, value.byteLength);
          while (session.bytes > maxSessionBytes) session.cancelOldest();
        } catch (error) {
          end();
          throw error;
        }
      },
      cancel(reason) {
        end();
        return reader.cancel(reason);
      },
    });
  };

  return incoming.pipeThrough(
    new TransformStream<ReadableStream<Uint8Array>, ReadableStream<Uint8Array>>({
      transform: (stream, controller) => controller.enqueue(counted(stream)),
    }),
  );
}
