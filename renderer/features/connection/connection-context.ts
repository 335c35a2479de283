import { createContext, useContext } from 'react';
import type { ConnectionHistory } from './connection-history.ts';

/** Provides the recorded statistics for all connections. */
export const ConnectionContext = createContext<ConnectionHistory | null>(null);

/**
 * The last minute of statistics for all connections.
 * @throws Error outside a ConnectionContext
 */
export function useConnectionHistory(): ConnectionHistory {
  const history = useContext(ConnectionContext);
  if (!history) throw new Error('This component needs a ConnectionContext.');
  return history;
}
