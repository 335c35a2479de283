import { createContext, useContext } from 'react';
import type { RecentsModel } from './recents-model.ts';

/** Provides the list of recently watched tickets. */
export const RecentsContext = createContext<RecentsModel | null>(null);

/**
 * The model of the recently watched tickets.
 * @throws Error outside a RecentsContext
 */
export function useRecents(): RecentsModel {
  const recents = useContext(RecentsContext);
  if (!recents) throw new Error('This component needs a RecentsContext.');
  return recents;
}
