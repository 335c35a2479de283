// Uses zod's small build, because this module is also loaded by a relay's publish page.
import * as z from 'zod/mini';

const messageSchema = z.object({ live: z.string() });

/** The part of `BroadcastChannel` that `LiveChannel` uses, so that tests can replace it. */
export type WindowChannel = Pick<BroadcastChannel, 'postMessage' | 'close' | 'onmessage'>;

/** Opens the channel that connects the windows of one app. */
export const openWindowChannel = (): WindowChannel => new BroadcastChannel('iroh-live.live');

/**
 * Coordinates the windows of one app. If two of them go live under the same name, viewers see only the newer
 * broadcast, so the older window stops.
 */
export class LiveChannel {
  readonly #channel: WindowChannel;

  /** Calls `onOtherLive` with the broadcast name when another window goes live. */
  constructor(onOtherLive: (name: string) => void, channel: WindowChannel) {
    this.#channel = channel;
    channel.onmessage = ({ data }: { data: unknown }) => {
      const message = messageSchema.safeParse(data);
      if (message.success) onOtherLive(message.data.live);
    };
  }

  /** Announces to the other windows that this window went live under `name`. */
  announce(name: string): void {
    this.#channel.postMessage({ live: name });
  }

  close(): void {
    this.#channel.close();
  }
}
