import { createContext, useContext } from 'react';
import type { AppState, Settings } from '../../../common/bridge/bridge.ts';
import type { AppModel } from '../../app/app-model.ts';
import type { Media } from '../../media/shared/types.ts';
import type { LiveModel } from '../live/live-model.ts';
import { useReadable } from './readable.ts';

export const AppContext = createContext<AppModel | null>(null);

/** What the views of going live need: the app's model has it, and a relay's page for publishing. */
export interface LiveParts {
  readonly live: LiveModel;
  readonly media: Pick<Media, 'devices'>;
  attempt(work: Promise<unknown>, what: string): void;
}

/** For a page that is not the app. */
export const LiveContext = createContext<LiveParts | null>(null);

export function useLiveParts(): LiveParts {
  const own = useContext(LiveContext);
  const app = useContext(AppContext);
  const parts = own ?? app;
  if (!parts) throw new Error('This view is used outside of the application.');
  return parts;
}

export function useApp(): AppModel {
  const app = useContext(AppContext);
  if (!app) throw new Error('This view is used outside of the application.');
  return app;
}

export function useAppState(): AppState {
  return useReadable(useApp().state);
}

export function useSettings(): Settings {
  return useAppState().settings;
}
