/** What stands for somebody who gives no name. */
export const NOBODY = 'Somebody';
