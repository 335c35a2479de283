import Session from '@moq/qmux';
import { WriteCoalescer } from '../../../common/moq/write-coalescer.ts';

/** TypeScript's DOM types do not include `sendOrder`. */
type SendStream = WritableStream<Uint8Array> & { sendOrder?: number };

/** A qmux session that merges the small writes of each stream into the write that follows (see write-coalescer.ts). */
export class CoalescingSession extends Session {
  override async createUnidirectionalStream(options?: WebTransportSendStreamOptions): Promise<SendStream> {
    const inner: SendStream = await super.createUnidirectionalStream(options);
    const writer = inner.getWriter();
    const coalescer = new WriteCoalescer(writer);
    const outer = new WritableStream<Uint8Array>({
      start: (controller) => {
        writer.closed.catch((error: unknown) => controller.error(error));
      },
      write: (chunk) => coalescer.write(chunk),
      close: () => coalescer.close(),
      abort: (reason) => coalescer.abort(reason),
    });
    return Object.defineProperty(outer as SendStream, 'sendOrder', {
      get: () => inner.sendOrder,
      set: (order: number) => {
        inner.sendOrder = order;
      },
    });
  }
}
