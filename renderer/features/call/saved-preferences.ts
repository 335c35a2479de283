/**
 * What the user wants to send in a call, saved so that a camera or microphone stays off after a reload. The
 * field names must match the stored JSON.
 */
export interface SavedPreferences {
  /** The call's id. */
  id: string;
  /** Whether the camera is on. */
  picture: boolean;
  muted: boolean;
}

/**
 * Key in session storage. Each window has its own, so only the same window can read the value after a reload.
 */
const KEY = 'iroh-live.call';

/** Stores the preferences for a window reload. */
export function savePreferences(preferences: SavedPreferences): void {
  try {
    sessionStorage.setItem(KEY, JSON.stringify(preferences));
  } catch {
    // Storage is disabled or full. After a reload, the camera and microphone will be on, as in a newly
    // accepted call.
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

/** The stored preferences for this call; null if none are stored. */
export function loadPreferences(callId: string): SavedPreferences | null {
  try {
    return parsePreferences(JSON.parse(sessionStorage.getItem(KEY) ?? 'null'), callId);
  } catch {
    return null;
  }
}

/** Parses a stored value. Returns null if it is malformed or belongs to another call. */
export function parsePreferences(stored: unknown, callId: string): SavedPreferences | null {
  if (typeof stored !== 'object' || stored === null) return null;
  if (!('id' in stored) || !('picture' in stored) || !('muted' in stored) || stored.id !== callId)
    return null;
  return { id: callId, picture: stored.picture === true, muted: stored.muted === true };
}
