import { messageOf } from '../../common/base/errors.ts';
import { log } from '../base/log.ts';
import type { BidiStream } from './request-interceptor.ts';
import { StreamInput } from './stream-input.ts';

/**
 * Serves a request in place of moq-net: reads the stream's type, passes the remaining stream to `answer`, and
 * closes the stream, or resets it if `answer` rejects. Takes ownership of the stream. Never rejects.
 *
 * @param what how the debug log refers to the request
 */
export async function serveStream(
  what: string,
  stream: BidiStream,
  answer: (input: StreamInput, output: WritableStreamDefaultWriter<Uint8Array>) => Promise<void>,
): Promise<void> {
  const input = new StreamInput(stream.readable);
  const output = stream.writable.getWriter();
  output.closed.catch(() => undefined);
  try {
    await input.varint(); // Skip the stream type.
    await answer(input, output);
    output.close().catch(() => undefined);
    input.cancel(undefined);
  } catch (error) {
    log.debug(`${what} failed: ${messageOf(error)}`);
    output.abort(error).catch(() => undefined);
    input.cancel(error);
  }
}
