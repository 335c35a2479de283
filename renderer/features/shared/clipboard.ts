/**
 * Copies a text. When the system does not let the page write to the clipboard, selects the text inside `element`
 * so that the person can copy it with the keyboard; false then.
 */
export async function copyText(text: string, element: HTMLElement | null): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Denied or not there: the selection below is the way that is left, and the caller says so.
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
