import type { Readable } from '../../../common/base/store.ts';
import type { AppInfo, AppState, Bridge, Settings } from '../../../common/bridge/bridge.ts';
import type { Media } from '../../media/shared/media.ts';
import type { Toasts, ToastTopic } from '../shared/toasts.ts';
import type { MutableBroadcast } from './broadcast-mute.ts';

/** The members of the window's model that the call models use. */
export interface CallHost {
  readonly info: AppInfo;
  readonly media: Media;
  readonly bridge: Bridge;
  readonly toasts: Toasts;
  readonly state: Readable<AppState>;
  readonly screen: Readable<{ readonly name: string }>;
  readonly live: MutableBroadcast & { readonly sources: { pickScreen(): Promise<boolean> } };
  go(screen: { readonly name: 'call' | 'home' }): void;
  changeSettings(patch: Partial<Settings>): void;
  attempt(work: Promise<unknown>, what: string, topic?: ToastTopic): void;
  reportFault(message: string): void;
}
