import { createContext, useContext } from 'react';
import type { ConnectionHistory } from './connection-history.ts';

/** Provides the recorded statistics of all connections. */
export const ConnectionContext = createContext<ConnectionHistory | null>(null);

/** The last minute of statistics of all connections. */
export function useConnectionHistory(): ConnectionHistory {
  const history = useContext(ConnectionContext);
  if (!history) throw new Error('This component needs a ConnectionContext.');
  return history;
}
