import { Emitter } from '../../common/base/store.ts';
import {
  type AppState,
  type MediaSocket,
  type OutsideOrigin,
  settingsSchema,
} from '../../common/bridge/bridge.ts';
import type { AppOptions } from '../../main/app/app.ts';
import type { AppCore, CoreHandlers, WindowEvent } from '../../main/app/app-core.ts';

/**
 * The methods that a host adds to the app's own, with the results that a browser host without options
 * returns.
 */
export const HOST_METHODS = {
  'app.info': async () => ({
    version: '0',
    host: 'browser' as const,
    autostart: null,
    ownScreenPicker: false,
    rendition: 'auto',
    maxResolution: null,
    latencyMs: null,
  }),
  'screens.list': async () => [],
  'screens.choose': async () => null,
};

/**
 * A fake application core for host tests, without an endpoint or Origin. Its media channel echoes all
 * messages.
 */
export class FakeApp implements AppCore {
  readonly endpointId = 'f'.repeat(64);
  /** The tickets that were passed to `requestTicket`, with their origins. */
  readonly requested: { ticket: string; origin: OutsideOrigin }[] = [];
  readonly media: MediaSocket[] = [];
  readonly #events = new Emitter<{ window: WindowEvent }>();
  readonly #options: AppOptions | undefined;
  #settings = settingsSchema.parse({});
  closed = false;
  handlers: CoreHandlers;

  constructor(options?: AppOptions) {
    this.#options = options;
    this.handlers = {
      'app.state': async () => this.state(),
      'settings.change': async (change) => {
        this.#settings = settingsSchema.parse({ ...this.#settings, ...change });
        this.emit({ event: 'app.state', payload: this.state() });
        return this.#settings;
      },
      'recents.touch': async () => null,
      // Never replies, so that tests can cancel the request.
      'recents.rename': (_request, signal) =>
        new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('cancelled')))),
      'recents.remove': async () => {
        throw new Error('There is no such ticket.');
      },
      'pull.retry': async () => null,
      'relay.check': async ({ url }) => ({ ok: true, url, message: '' }),
      'ticket.request': async () => null,
      'ticket.confirm': async () => null,
      'ticket.discard': async () => null,
      'call.dial': async () => ({ id: 'call-1' }),
      'call.redialInterrupted': async () => ({ id: 'call-1' }),
      'call.dismissInterrupted': async () => null,
      'call.accept': async () => null,
      'call.decline': async () => null,
      'call.hangUp': async () => null,
      'call.dismiss': async () => null,
      'live.claim': async () => null,
      'call.claim': async () => null,
      'call.status': async () => null,
      'contacts.change': async () => null,
      'history.remove': async () => null,
      'watch.rendition': async () => null,
      'app.fault': async ({ message }) => {
        this.#options?.onEvent?.({ event: 'error', message });
        return null;
      },
    };
  }

  state(): AppState {
    return {
      endpointId: this.endpointId,
      irohRelay: 'disabled',
      broadcasts: [],
      pulls: [],
      callTicket: 'iroh-live:__8/call',
      calls: [],
      callWindow: null,
      waitingCalls: [],
      interruptedCall: null,
      ticketRequest: null,
      contacts: [],
      callHistory: [],
      connections: [],
      recents: [],
      settings: this.#settings,
      notices: [],
    };
  }

  emit(event: WindowEvent): void {
    this.#events.emit('window', event);
  }

  listen(listener: (event: WindowEvent) => void): () => void {
    return this.#events.on('window', listener);
  }

  attachMedia(socket: MediaSocket): void {
    socket.binaryType = 'arraybuffer';
    this.media.push(socket);
    socket.onmessage = ({ data }) => socket.send(data as ArrayBuffer);
  }

  callTicket(): string {
    return this.state().callTicket;
  }

  followCallTicket(listener: (ticket: string) => void): () => void {
    listener(this.callTicket());
    return () => undefined;
  }

  requestTicket(ticket: string, origin: OutsideOrigin): void {
    this.requested.push({ ticket, origin });
  }

  async close(): Promise<void> {
    this.closed = true;
  }
}

/** Creates a `FakeApp`. In a test build, this module replaces main/app/app.ts. */
export async function createApp(options: AppOptions): Promise<AppCore> {
  return new FakeApp(options);
}
