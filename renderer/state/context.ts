import { createContext, useContext } from 'react';
import type { AppState, Settings } from '../../common/bridge.ts';
import type { AppModel } from './app-model.ts';
import { useReadable } from './readable.ts';

export const AppContext = createContext<AppModel | null>(null);

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
