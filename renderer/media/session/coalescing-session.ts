import Session from '@moq/qmux';
import { SmallWrites } from '../../../common/moq/write-coalescer.ts';

/** The DOM's types have no order. */
type SendStream = WritableStream<Uint8Array> & { sendOrder?: number };

/** A session over a socket that sends a group's small pieces together with what they belong to. */
export class ThriftySession extends Session {
  override async createUnidirectionalStream(options?: WebTransportSendStreamOptions): Promise<SendStream> {
    const inner: SendStream = await super.createUnidirectionalStream(options);
    const writer = inner.getWriter();
    const small = new SmallWrites(writer);
    const outer = new WritableStream<Uint8Array>({
      start: (controller) => {
        writer.closed.catch((error: unknown) => controller.error(error));
      },
      write: (chunk) => small.write(chunk),
      close: () => small.close(),
      abort: (reason) => small.abort(reason),
    });
    return Object.defineProperty(outer as SendStream, 'sendOrder', {
      get: () => inner.sendOrder,
      set: (order: number) => {
        inner.sendOrder = order;
      },
    });
  }
}
