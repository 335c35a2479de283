import { Path } from '@moq/net';
import { messageOf } from '../../common/base/errors.ts';
import { Scope } from '../../common/base/scope.ts';
import { type Readable, Store } from '../../common/base/store.ts';
import { relayPathFor } from '../../common/relay/relay-path.ts';
import { randomName } from '../../common/ticket/random-name.ts';
import type { LiveParts } from '../features/live/live-context.ts';
import { LiveModel } from '../features/live/live-model.ts';
import type { LiveServices, LiveSettings } from '../features/live/live-services.ts';
import type { Toasts } from '../features/shared/toasts.ts';
import { LivePublisher } from '../media/publish/publisher.ts';
import { ReconnectingSession } from '../media/session/reconnecting-session.ts';
import { DeviceLists } from '../media/sources/devices.ts';
import type { RelayClient } from './relay-client.ts';
import { RelayConnectionMonitor } from './relay-connection.ts';
import { RelayConnector } from './relay-connector.ts';
import { WebSettingsStore } from './web-settings.ts';

type Screen = { readonly name: 'golive' | 'home' };

/** The model of a relay's publish page: the app's publishing model, with a session to the relay. */
export class PublishModel implements LiveServices, LiveParts {
  /** A page has no command line, and the browser provides the screen picker. */
  readonly info = { autostart: null, ownScreenPicker: false };
  readonly bridge = { request: (): Promise<never> => Promise.reject(new Error('A page has no bridge.')) };
  readonly media: { readonly publisher: LivePublisher; readonly devices: DeviceLists };
  readonly toasts: Toasts;
  readonly live: LiveModel;
  readonly relay: RelayClient;
  readonly connection: RelayConnectionMonitor;
  /** Whether the relay refuses the broadcast because another publisher is using its name. */
  readonly nameTaken: Readable<boolean>;
  readonly #path = new Store('');
  readonly #screen = new Store<Screen>({ name: 'golive' });
  readonly #settings: WebSettingsStore;
  readonly #state: Store<{ readonly settings: LiveSettings }>;
  readonly #scope = new Scope();

  constructor(relay: RelayClient, toasts: Toasts) {
    this.relay = relay;
    this.toasts = toasts;
    const connector = new RelayConnector(relay);
    this.#scope.own(() => connector.close());
    this.nameTaken = connector.nameTaken;
    const session = new ReconnectingSession(connector);
    this.#scope.own(() => session.close());
    this.connection = new RelayConnectionMonitor(session, (signal) => relay.roundTripMs(signal));
    this.#scope.own(() => this.connection.close());
    this.#settings = new WebSettingsStore();
    if (this.#settings.settings.get().broadcastName === '')
      this.#settings.change({ broadcastName: randomName() });
    this.#state = new Store<{ readonly settings: LiveSettings }>({
      settings: this.#settings.settings.get(),
    });
    const publisher = new LivePublisher(
      session,
      (name) => {
        const info = relay.info.get();
        this.#path.set((info && relayPathFor(name, info.publish)) ?? name);
        return Path.from(this.#path.get());
      },
      'relay',
    );
    const devices = new DeviceLists(navigator.mediaDevices);
    this.media = { publisher, devices };
    this.#scope.own(() => devices.close());
    this.#scope.own(() => publisher.close());
    this.#scope.own(
      publisher.state.subscribe(({ video, audio }) => {
        // Browsers hide the device labels until a device has been opened, so read the lists again.
        if (video === 'on' || audio === 'on') void devices.refresh();
      }),
    );
    this.live = new LiveModel(this);
    this.#scope.own(() => this.live.close());
  }

  get state(): Readable<{ readonly settings: LiveSettings }> {
    return this.#state;
  }

  /** The path of the current or last broadcast on the relay; empty before the first broadcast. */
  get path(): Readable<string> {
    return this.#path;
  }

  /** Here, `home` stands for the screen shown after a broadcast. */
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
