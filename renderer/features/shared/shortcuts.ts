import { useEffect, useRef } from 'react';

/** Text inputs, in which single-key shortcuts are disabled. */
const TEXT_INPUTS =
  'input:not([type=range], [type=checkbox], [type=radio], [type=button]), textarea, [contenteditable]';
/** Controls that handle some keys themselves, mapped to those keys. All other keys work as shortcuts. */
const OWN_KEYS: readonly { readonly control: string; readonly keys: RegExp }[] = [
  { control: 'input[type=range], input[type=radio]', keys: /^(Arrow|Page|Home$|End$)/ },
  { control: 'select', keys: /^(Arrow|Page|Home$|End$|Enter$| $)/ },
];

/**
 * Whether the element handles the key itself. An open drop-down list also handles letters, but the browser
 * fires no events for them.
 */
function handlesKey(element: Element, key: string): boolean {
  if (element.closest(TEXT_INPUTS)) return true;
  return OWN_KEYS.some(({ control, keys }) => element.closest(control) !== null && keys.test(key));
}

/**
 * Calls `onKey` for each key press, with letters in lower case. Ignores keys in text inputs, in dialogs and
 * with Ctrl, Alt or Meta. If `onKey` returns true, the browser does not handle the key.
 */
export function useShortcuts(onKey: (key: string) => boolean): void {
  const latest = useRef(onKey);
  latest.current = onKey;
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
      if (event.target instanceof Element && handlesKey(event.target, event.key)) return;
      if (document.querySelector('dialog[open]')) return;
      const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
      if (latest.current(key)) event.preventDefault();
    };
    addEventListener('keydown', onKeyDown);
    return () => removeEventListener('keydown', onKeyDown);
  }, []);
}
