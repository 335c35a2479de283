import { createContext, useContext } from 'react';
import type { Media } from '../../media/shared/media.ts';
import type { Toasts } from '../shared/toasts.ts';
import type { LiveModel } from './live-model.ts';

/** The dependencies of the Go Live and Live components, provided by the app and by a relay's publish page. */
export interface LiveParts {
  readonly live: LiveModel;
  readonly media: Pick<Media, 'devices'>;
  readonly toasts: Pick<Toasts, 'show'>;
  /** Runs work in the background; a failure shows a toast that starts with `what`. */
  attempt(work: Promise<unknown>, what: string): void;
}

/** Provides the live components with their dependencies. */
export const LiveContext = createContext<LiveParts | null>(null);

/** @throws Error outside a LiveContext */
export function useLiveParts(): LiveParts {
  const parts = useContext(LiveContext);
  if (!parts) throw new Error('This component needs a LiveContext.');
  return parts;
}

/**
 * The publishing model.
 * @throws Error outside a LiveContext
 */
export function useLiveModel(): LiveModel {
  return useLiveParts().live;
}
