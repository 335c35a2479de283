/**
 * Whether the user has clicked or pressed a key since this page was opened. Always false in browsers without
 * `navigator.userActivation`.
 */
export function hasUserGesture(): boolean {
  return 'userActivation' in navigator && navigator.userActivation.hasBeenActive;
}
