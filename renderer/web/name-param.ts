import { useSyncExternalStore } from 'react';

/**
 * Name of the event that is fired on the window after `setNameParam`, because `pushState` fires no
 * `popstate`.
 */
const CHANGED = 'iroh-live-address';

function subscribe(onChange: () => void): () => void {
  addEventListener('popstate', onChange);
  addEventListener(CHANGED, onChange);
  return () => {
    removeEventListener('popstate', onChange);
    removeEventListener(CHANGED, onChange);
  };
}

/** The `?name=` parameter in the page's URL; empty if absent. The component re-renders after each change. */
export function useNameParam(): string {
  return useSyncExternalStore(subscribe, nameParam);
}

function nameParam(): string {
  return new URL(location.href).searchParams.get('name') ?? '';
}

/**
 * Changes the `?name=` parameter without reloading the page. An empty name removes it, which shows the
 * landing page.
 */
export function setNameParam(name: string): void {
  const url = new URL(location.href);
  if (name === '') url.searchParams.delete('name');
  else url.searchParams.set('name', name);
  history.pushState(null, '', url);
  dispatchEvent(new Event(CHANGED));
}
