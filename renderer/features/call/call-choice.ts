/** What the person chose to show in a call, for a reload of the window: it must not switch anything on again. */
export interface CallChoice {
  id: string;
  picture: boolean;
  muted: boolean;
}

/** Per window and gone with it, so that only a reload finds it. */
const KEY = 'iroh-live.call';

export function rememberChoice(choice: CallChoice): void {
  try {
    sessionStorage.setItem(KEY, JSON.stringify(choice));
  } catch {
    // Forbidden or full storage: a reload then begins with both on, as an accepted call does.
    return;
  }
}

/** What is shown in the call is another window's to choose from now on. */
export function forgetChoice(): void {
  try {
    sessionStorage.removeItem(KEY);
  } catch {
    // Where nothing can be kept, nothing was.
    return;
  }
}

export function readChoice(id: string): CallChoice | null {
  try {
    return parseChoice(JSON.parse(sessionStorage.getItem(KEY) ?? 'null'), id);
  } catch {
    return null;
  }
}

/** The record, if it is one and of this call. */
export function parseChoice(kept: unknown, id: string): CallChoice | null {
  if (typeof kept !== 'object' || kept === null) return null;
  if (!('id' in kept) || !('picture' in kept) || !('muted' in kept) || kept.id !== id) return null;
  return { id, picture: kept.picture === true, muted: kept.muted === true };
}
