import { createContext, useContext } from 'react';
import type { CallModel } from './call-model.ts';
import type { CompactWindow } from './compact-window.ts';

/** The models behind the call components. */
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

/** The model of calls. */
export function useCallModel(): CallModel {
  return useCallParts().calls;
}

/** The model of the call's small always-on-top window. */
export function useCompactWindow(): CompactWindow {
  return useCallParts().compactWindow;
}
