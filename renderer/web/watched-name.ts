import { useSyncExternalStore } from 'react';

/** Told of every change of the page's address; those made by `setWatched` come as events of its own. */
const CHANGED = 'iroh-live-address';

function subscribe(onChange: () => void): () => void {
  addEventListener('popstate', onChange);
  addEventListener(CHANGED, onChange);
  return () => {
    removeEventListener('popstate', onChange);
    removeEventListener(CHANGED, onChange);
  };
}

/** The `?name=` of the page's address; empty when there is none. */
export function useWatched(): string {
  return useSyncExternalStore(subscribe, watched);
}

function watched(): string {
  return new URL(location.href).searchParams.get('name') ?? '';
}

/** Goes to another broadcast, or with an empty name back to the start, without loading the page anew. */
export function setWatched(name: string): void {
  const url = new URL(location.href);
  if (name === '') url.searchParams.delete('name');
  else url.searchParams.set('name', name);
  history.pushState(null, '', url);
  dispatchEvent(new Event(CHANGED));
}
