/**
 * Copies text to the clipboard. If the browser refuses, selects the text inside `element`, so that the user
 * can copy it with the keyboard, and returns false.
 */
export async function copyText(text: string, element: HTMLElement | null): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // The clipboard is unavailable. The caller asks the user to copy the selection.
    const selection = getSelection();
    if (element && selection) {
      const range = document.createRange();
      range.selectNodeContents(element);
      selection.removeAllRanges();
      selection.addRange(range);
    }
    return false;
  }
}
