import { Path } from '@moq/net';
import { messageOf } from '../../common/base/errors.ts';
import { Scope } from '../../common/base/scope.ts';
import { type Readable, Store } from '../../common/base/store.ts';
import { relayPathFor } from '../../common/relay/relay-path.ts';
import type { LiveServices, LiveSettings } from '../features/live/live-services.ts';
import type { LiveParts } from '../features/live/live-context.ts';
import { LiveModel } from '../features/live/live-model.ts';
import type { Toasts } from '../features/shared/toasts.ts';
import { LivePublisher } from '../media/publish/publisher.ts';
import { ReconnectingSession } from '../media/session/reconnecting-session.ts';
import { DeviceLists } from '../media/sources/devices.ts';
import { randomName } from './random-name.ts';
import type { RelayClient } from './relay-client.ts';
import { RelayConnectionMonitor } from './relay-connection.ts';
import { RelayConnector } from './relay-connector.ts';
import { WebSettingsStore } from './web-settings.ts';

type Screen = { readonly name: 'golive' | 'home' };

/** Going live from a relay's page: the app's own model, with a session on the relay. */
export class PublishModel implements LiveServices, LiveParts {
  // Nothing starts by itself here, and the browser asks which screen to show.
  readonly info = { autostart: null, ownScreenPicker: false };
  readonly bridge = { request: (): Promise<never> => Promise.reject(new Error('This is not the app.')) };
  readonly media: { readonly publisher: LivePublisher; readonly devices: DeviceLists };
  readonly toasts: Toasts;
  readonly live: LiveModel;
  readonly relay: RelayClient;
  readonly connection: RelayConnectionMonitor;
  readonly #place = new Store('');
  readonly #screen = new Store<Screen>({ name: 'golive' });
  readonly #settings: WebSettingsStore;
  readonly #state: Store<{ readonly settings: LiveSettings }>;
  readonly #scope = new Scope();

  constructor(relay: RelayClient, toasts: Toasts) {
    this.relay = relay;
    this.toasts = toasts;
    const connector = new RelayConnector(relay);
    const session = new ReconnectingSession(connector);
    this.#scope.own(() => connector.close());
    this.#scope.own(() => session.close());
    this.connection = new RelayConnectionMonitor(session, (signal) => relay.roundTripMs(signal));
    this.#scope.own(() => this.connection.close());
    this.#settings = new WebSettingsStore();
    if (this.#settings.settings.get().broadcastName === '')
      this.#settings.change({ broadcastName: randomName() });
    this.#state = new Store<{ readonly settings: LiveSettings }>({
      settings: this.#settings.settings.get(),
    });
    const publisher = new LivePublisher(session, (name) => {
      const info = relay.info.get();
      this.#place.set((info && relayPathFor(name, info.publish)) ?? name);
      return Path.from(this.#place.get());
    });
    const devices = new DeviceLists(navigator.mediaDevices);
    this.media = { publisher, devices };
    this.#scope.own(() => devices.close());
    this.#scope.own(() => publisher.close());
    // Labels are empty until a device was opened once.
    this.#scope.own(
      publisher.state.subscribe(({ video: picture, audio: sound }) => {
        if (picture === 'on' || sound === 'on') void devices.refresh();
      }),
    );
    this.live = new LiveModel(this);
    this.#scope.own(() => this.live.close());
  }

  get state(): Readable<{ readonly settings: LiveSettings }> {
    return this.#state;
  }

  /** Where on the relay the broadcast is, or was last; empty before there was one. */
  get path(): Readable<string> {
    return this.#place;
  }

  /** `home` is after the end of a broadcast. */
  get screen(): Readable<Screen> {
    return this.#screen;
  }

  go(screen: Screen): void {
    this.#screen.set(screen);
  }

  changeSettings(patch: Partial<LiveSettings>): void {
    this.#settings.change(patch);
    this.#state.set({ settings: this.#settings.settings.get() });
  }

  attempt(work: Promise<unknown>, what: string): void {
    work.catch((error: unknown) => {
      if (!this.#scope.closed) this.toasts.show(`${what}: ${messageOf(error)}`, { tone: 'bad' });
    });
  }

  close(): Promise<void> {
    return this.#scope.close();
  }
}
