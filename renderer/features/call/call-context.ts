import { createContext, useContext } from 'react';
import type { CallModel } from './call-model.ts';
import type { CompactWindow } from './compact-window.ts';

/** The models that the call components use. */
export interface CallParts {
  readonly calls: CallModel;
  readonly compactWindow: CompactWindow;
}

/** Provides the call models to the call components. */
export const CallContext = createContext<CallParts | null>(null);

function useCallParts(): CallParts {
  const parts = useContext(CallContext);
  if (!parts) throw new Error('This component needs a CallContext.');
  return parts;
}

/**
 * The call model.
 * @throws Error outside a CallContext
 */
export function useCallModel(): CallModel {
  return useCallParts().calls;
}

/**
 * The model of the small always-on-top call window.
 * @throws Error outside a CallContext
 */
export function useCompactWindow(): CompactWindow {
  return useCallParts().compactWindow;
}
