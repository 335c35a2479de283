import { createContext, useContext } from 'react';
import type { Readable } from '../../../common/base/store.ts';
import type { AppInfo, AppState, Bridge, Settings } from '../../../common/bridge/bridge.ts';
import type { Media } from '../../media/shared/media.ts';
import { useReadable } from './readable.ts';
import type { Toasts, ToastTopic } from './toasts.ts';

/** A screen of the window. `ticket` is normalized. */
export type Screen =
  | { readonly name: 'home' }
  | { readonly name: 'golive' }
  | { readonly name: 'call' }
  | { readonly name: 'watch'; readonly ticket: string };

/**
 * The services that every feature may use, implemented in `renderer/app`. A model that only one feature uses
 * has its own context in that feature's folder.
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
  /** Opens a normalized ticket. A call ticket starts a call, and any other ticket opens the Watch screen. */
  openTicket(ticket: string): void;
  /**
   * Asks the user to confirm a ticket that they have not seen yet, such as a dropped one, before it is
   * opened. The ticket must be normalized.
   */
  requestTicket(ticket: string): void;
  /** Opens the Watch screen for a normalized ticket. */
  watch(ticket: string): void;
  /** Records that the ticket has just been watched. */
  markWatched(ticket: string): void;
  /** Asks main to connect to the ticket's peer now instead of at the next scheduled attempt. */
  retryPull(ticket: string): void;
  /** Applies a settings change immediately and saves it. Reverts it if main rejects it. */
  changeSettings(patch: Partial<Settings>): void;
  /** The name that the user gave the ticket, or else the broadcast name in the ticket. */
  labelOf(ticket: string): string;
  /**
   * Runs work in the background. If it fails, shows a toast that starts with `what` and belongs to `topic`,
   * and emits an `error` event for `--json` consumers.
   */
  attempt(work: Promise<unknown>, what: string, topic?: ToastTopic): void;
  /** Emits an `error` event for `--json` consumers. */
  reportFault(message: string): void;
}

/** Provides the services to the window's components. */
export const AppContext = createContext<AppServices | null>(null);

/** @throws Error outside an AppContext */
export function useApp(): AppServices {
  const app = useContext(AppContext);
  if (!app) throw new Error('This component needs an AppContext.');
  return app;
}

/** Main's state. The component re-renders after each change. */
export function useAppState(): AppState {
  return useReadable(useApp().state);
}

/** The user's settings, including unsaved changes. */
export function useSettings(): Settings {
  return useAppState().settings;
}
