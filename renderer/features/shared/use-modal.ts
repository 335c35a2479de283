import { type RefObject, useLayoutEffect, useRef } from 'react';

/**
 * Shows a `dialog` element as a modal dialog while its component is mounted. Returns the element's ref.
 *
 * @param firstFocus CSS selector of the element inside the dialog that gets the initial focus
 */
export function useModal(firstFocus: string): RefObject<HTMLDialogElement | null> {
  const ref = useRef<HTMLDialogElement>(null);
  // A layout effect closes the dialog while its element is still in the page, because the focus would not be
  // restored otherwise.
  useLayoutEffect(() => {
    const dialog = ref.current;
    if (!dialog) return;
    dialog.showModal();
    dialog.querySelector<HTMLElement>(firstFocus)?.focus();
    return () => dialog.close();
  }, [firstFocus]);
  return ref;
}
