import { createContext, useContext } from 'react';
import type { Readable } from '../../../common/base/store.ts';
import type { AppInfo, AppState, Bridge, Settings } from '../../../common/bridge/bridge.ts';
import type { Media } from '../../media/shared/types.ts';
import { useReadable } from './readable.ts';
import type { Toasts, ToastTopic } from './toasts.ts';

/** A screen of the window. `ticket` is in its normal form. */
export type Screen =
  | { readonly name: 'home' }
  | { readonly name: 'golive' }
  | { readonly name: 'call' }
  | { readonly name: 'watch'; readonly ticket: string };

/**
 * The services that every feature may use. `renderer/app` implements them. The model of a single feature has
 * its own context in that feature's folder.
 */
export interface AppServices {
  readonly info: AppInfo;
  /** The largest height to watch, in lines, as set on the command line; null means no limit. */
  readonly maxLines: number | null;
  readonly media: Media;
  readonly bridge: Bridge;
  readonly toasts: Toasts;
  readonly state: Readable<AppState>;
  readonly connected: Readable<boolean>;
  readonly screen: Readable<Screen>;
  /** Playback delay from the command line, in milliseconds; null once the user has changed the setting. */
  readonly latencyOverride: Readable<number | null>;
  go(screen: Screen): void;
  /** Opens a ticket in its normal form: a call ticket starts a call, any other opens the Watch screen. */
  openTicket(ticket: string): void;
  /** Opens the Watch screen. `ticket` is in its normal form. */
  watch(ticket: string): void;
  /** Records that the ticket was watched just now. */
  markWatched(ticket: string): void;
  /** Asks main to connect to the ticket's peer without waiting for the next scheduled attempt. */
  retryPull(ticket: string): void;
  /** Applies a change of the settings at once and saves it; reverts it if main refuses. */
  changeSettings(patch: Partial<Settings>): void;
  /** The user's name for a ticket, or the broadcast name in it. */
  labelOf(ticket: string): string;
  /**
   * Runs work in the background. A failure shows a toast that starts with `what`, about `topic`, and is reported to
   * scripts.
   */
  attempt(work: Promise<unknown>, what: string, topic?: ToastTopic): void;
  /** Reports a fault to scripts. */
  reportFault(message: string): void;
}

/** Provides the services to the window's components. */
export const AppContext = createContext<AppServices | null>(null);

/** @throws Error outside the window's component tree */
export function useApp(): AppServices {
  const app = useContext(AppContext);
  if (!app) throw new Error('This component needs an AppContext.');
  return app;
}

/** Main's state; the component renders again after each change. */
export function useAppState(): AppState {
  return useReadable(useApp().state);
}

/** The user's settings, including changes that are not saved yet. */
export function useSettings(): Settings {
  return useAppState().settings;
}
