import { useEffect, useRef } from 'react';

/** Fields in which one types: there a letter is a letter. */
const TYPED_IN =
  'input:not([type=range], [type=checkbox], [type=radio], [type=button]), textarea, [contenteditable]';
/** Controls that have a use for these keys of their own; all others are free. */
const OWN_KEYS: readonly { readonly control: string; readonly keys: RegExp }[] = [
  { control: 'input[type=range], input[type=radio]', keys: /^(Arrow|Page|Home$|End$)/ },
  { control: 'select', keys: /^(Arrow|Page|Home$|End$|Enter$| $)/ },
];

/**
 * Whether a key that was pressed on an element belongs to that element. A list that is open takes letters as well, but
 * then the browser does not tell the page of them.
 */
function belongsTo(element: Element, key: string): boolean {
  if (element.closest(TYPED_IN)) return true;
  return OWN_KEYS.some(({ control, keys }) => element.closest(control) !== null && keys.test(key));
}

/** Calls `onKey` with the key (letters in lower case) unless a field, a dialog or a modifier has it; true uses it up. */
export function useShortcuts(onKey: (key: string) => boolean): void {
  const latest = useRef(onKey);
  latest.current = onKey;
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
      if (event.target instanceof Element && belongsTo(event.target, event.key)) return;
      if (document.querySelector('dialog[open]')) return;
      const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
      if (latest.current(key)) event.preventDefault();
    };
    addEventListener('keydown', onKeyDown);
    return () => removeEventListener('keydown', onKeyDown);
  }, []);
}
