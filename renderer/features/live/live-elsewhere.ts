// The small build of zod: a relay's page for publishing loads this too.
import * as z from 'zod/mini';

const messageSchema = z.object({ live: z.string() });

/** Where the windows of one app hear each other. */
export const openChannel = (): Channel => new BroadcastChannel('iroh-live.live');
export type Channel = Pick<BroadcastChannel, 'postMessage' | 'close' | 'onmessage'>;

/**
 * In a browser an app can have several windows. Of two that are live under one name only the newer one is seen, so the
 * newer one says that it is live, and the older one hears it here.
 */
export class LiveElsewhere {
  readonly #channel: Channel;

  /** `onTaken`: another window went live under this name. */
  constructor(onTaken: (name: string) => void, channel: Channel) {
    this.#channel = channel;
    channel.onmessage = ({ data }: { data: unknown }) => {
      const message = messageSchema.safeParse(data);
      if (message.success) onTaken(message.data.live);
    };
  }

  /** This window is live under the name from now on. */
  tell(name: string): void {
    this.#channel.postMessage({ live: name });
  }

  close(): void {
    this.#channel.close();
  }
}
