/** Whether the user has clicked or pressed a key since this page was opened. False in browsers that do not report it. */
export function hasUserGesture(): boolean {
  return 'userActivation' in navigator && navigator.userActivation.hasBeenActive;
}
