/**
 * What the user sends in a call, kept across a reload of the window so that a reload turns nothing on again. The field
 * names are those of the stored JSON.
 */
export interface SavedPreferences {
  /** The call's id. */
  id: string;
  /** Whether the camera is on. */
  picture: boolean;
  muted: boolean;
}

/** Session storage is per window and ends with it, so only a reload finds this key. */
const KEY = 'iroh-live.call';

/** Stores the preferences for a reload of this window. */
export function savePreferences(preferences: SavedPreferences): void {
  try {
    sessionStorage.setItem(KEY, JSON.stringify(preferences));
  } catch {
    // Storage is disabled or full. After a reload, camera and microphone are on, as in a newly accepted call.
    return;
  }
}

/** Removes the stored preferences when the call ends or moves to another window. */
export function clearSavedPreferences(): void {
  try {
    sessionStorage.removeItem(KEY);
  } catch {
    // Storage is disabled, so nothing was stored.
    return;
  }
}

/** The stored preferences of this call; null if there are none. */
export function loadPreferences(callId: string): SavedPreferences | null {
  try {
    return parsePreferences(JSON.parse(sessionStorage.getItem(KEY) ?? 'null'), callId);
  } catch {
    return null;
  }
}

/** Parses a stored value; null if it is malformed or belongs to another call. */
export function parsePreferences(stored: unknown, callId: string): SavedPreferences | null {
  if (typeof stored !== 'object' || stored === null) return null;
  if (!('id' in stored) || !('picture' in stored) || !('muted' in stored) || stored.id !== callId)
    return null;
  return { id: callId, picture: stored.picture === true, muted: stored.muted === true };
}
