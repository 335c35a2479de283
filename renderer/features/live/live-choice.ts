import type { Readable } from '../../../common/base/store.ts';
import type { AppInfo, Bridge, Settings } from '../../../common/bridge/bridge.ts';
import type { Media, SourceKind, VideoSelection } from '../../media/shared/types.ts';
import type { Toasts } from '../shared/toasts.ts';

/** What is remembered of going live. */
export type LiveSettings = Pick<Settings, 'source' | 'cameraId' | 'microphoneId' | 'sound' | 'broadcastName'>;

/** What going live needs of the window's model. */
export interface LiveHost {
  readonly info: Pick<AppInfo, 'autostart' | 'ownScreenPicker'>;
  readonly media: Pick<Media, 'publisher'>;
  readonly bridge: Pick<Bridge, 'request'>;
  readonly toasts: Pick<Toasts, 'show'>;
  readonly state: Readable<{ readonly settings: LiveSettings }>;
  readonly screen: Readable<{ readonly name: string }>;
  go(screen: { readonly name: 'golive' | 'home' }): void;
  changeSettings(patch: Partial<LiveSettings>): void;
  attempt(work: Promise<unknown>, what: string): void;
}

/** What the person has chosen to show, whether or not it could be opened. */
export interface LiveChoice {
  kind: SourceKind;
  cameraId: string | null;
  file: File | null;
  sound: boolean;
  microphoneId: string | null;
}

/** Whether the choice can be opened without a question: a screen is asked for, a file may be missing. */
export function opensByItself({ kind, file }: LiveChoice): boolean {
  return kind === 'camera' || kind === 'test' || (kind === 'file' && file !== null);
}

/** The choice as the publisher takes it; undefined while there is no file. */
export function videoChoice({ kind, cameraId, file }: LiveChoice): VideoSelection | undefined {
  if (kind === 'camera') return { kind, cameraId };
  if (kind === 'file') return file ? { kind, file } : undefined;
  return { kind };
}
