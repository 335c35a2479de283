/**
 * Bounds what a peer can make this process hold in groups that it began and did not end. moq-net keeps an open group
 * for as long as its stream lasts, so a peer that opens many and never ends them would fill the memory; ended groups
 * go by time (see retention.ts).
 */

/**
 * Bytes in all open group streams of one session, at most: eight seconds of four 1080p renditions (about 15 Mbit/s
 * together) with an ample reserve, and little enough that several hostile sessions do not hurt.
 */
export const MAX_OPEN_BYTES = 64 * 1024 * 1024;
/** Over all sessions: what four friends may send at most, and what a small machine can spare for hundreds of others. */
export const MAX_TOTAL_OPEN_BYTES = 256 * 1024 * 1024;
/** moq-lite assigns no codes; any non-zero one tells the sender that the group was given up. */
const OVERFLOW_CODE = 3;

interface OpenStream {
  bytes: number;
  giveUp(): void;
}

/** What one session holds in open groups. */
class SessionInflow {
  readonly open = new Set<OpenStream>();
  bytes = 0;

  giveUpOldest(): void {
    // Streams alone hold bytes, so a session that holds some has one.
    this.open.values().next().value?.giveUp();
  }
}

/** What sessions hold together. Where it is too much, the one that holds most gives up its oldest stream. */
export class InflowBudget {
  readonly #maxBytes: number;
  readonly #sessions = new Set<SessionInflow>();
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** In bytes. */
  get held(): number {
    return this.#bytes;
  }

  /** Books bytes that came, or that went (below zero). A session that holds nothing is not kept. */
  book(session: SessionInflow, bytes: number): void {
    session.bytes += bytes;
    this.#bytes += bytes;
    if (session.bytes > 0) this.#sessions.add(session);
    else this.#sessions.delete(session);
    while (this.#bytes > this.#maxBytes) {
      const most = [...this.#sessions].reduce((a, b) => (b.bytes > a.bytes ? b : a), session);
      most.giveUpOldest();
    }
  }
}

const everybody = new InflowBudget(MAX_TOTAL_OPEN_BYTES);

/** The session's incoming group streams; when too much is open, the oldest stream is stopped, then the next. */
export function boundInflow(
  incoming: ReadableStream<ReadableStream<Uint8Array>>,
  maxOpenBytes = MAX_OPEN_BYTES,
  budget = everybody,
): ReadableStream<ReadableStream<Uint8Array>> {
  const session = new SessionInflow();
  const { open } = session;

  const account = (stream: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> => {
    const reader = stream.getReader();
    let fail: (error: Error) => void = () => undefined;
    const entry: OpenStream = {
      bytes: 0,
      giveUp: () => {
        const reason = Object.assign(new Error('too much in open groups'), {
          source: 'stream',
          streamErrorCode: OVERFLOW_CODE,
        });
        end();
        fail(reason);
        reader.cancel(reason).catch(() => undefined);
      },
    };
    const end = () => {
      if (open.delete(entry)) budget.book(session, -entry.bytes);
    };
    open.add(entry);
    return new ReadableStream<Uint8Array>({
      start(controller) {
        fail = (error) => controller.error(error);
      },
      async pull(controller) {
        try {
          const { value, done } = await reader.read();
          if (!open.has(entry)) return;
          if (done) {
            end();
            controller.close();
            return;
          }
          entry.bytes += value.byteLength;
          controller.enqueue(value);
          budget.book(session, value.byteLength);
          while (session.bytes > maxOpenBytes) session.giveUpOldest();
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
      transform: (stream, controller) => controller.enqueue(account(stream)),
    }),
  );
}
