import type { Readable } from '../../../common/base/store.ts';
import type { AppInfo, Bridge, BroadcastState, Settings } from '../../../common/bridge/bridge.ts';
import type { Media } from '../../media/shared/media.ts';
import type { Toasts } from '../shared/toasts.ts';

/** The settings that the Go Live form saves. */
export type LiveSettings = Pick<Settings, 'source' | 'cameraId' | 'microphoneId' | 'sound' | 'broadcastName'>;

/** Services that the publishing model needs. The app's window and a relay's publish page implement them. */
export interface LiveServices {
  readonly info: Pick<AppInfo, 'autostart' | 'ownScreenPicker'>;
  readonly media: Pick<Media, 'publisher'>;
  readonly bridge: Pick<Bridge, 'request'>;
  readonly toasts: Pick<Toasts, 'show'>;
  /** `broadcasts` contains the broadcasts of all windows of the app. On a relay's publish page, it is undefined. */
  readonly state: Readable<{
    readonly settings: LiveSettings;
    readonly broadcasts?: readonly Pick<BroadcastState, 'name' | 'window'>[];
  }>;
  readonly screen: Readable<{ readonly name: string }>;
  go(screen: { readonly name: 'golive' | 'home' }): void;
  changeSettings(patch: Partial<LiveSettings>): void;
  /** Runs work in the background; a failure shows a toast that starts with `what`. */
  attempt(work: Promise<unknown>, what: string): void;
}
