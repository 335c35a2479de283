import { type CallerIdentity, IS_CONTACT, NOT_A_CONTACT } from './caller-identity.ts';
import { isolated } from './display-name.ts';
import type { TitledText } from './pull-failure-text.ts';

/**
 * Returns the text of the system notification about an incoming call. Any warning that the caller is not a
 * contact comes first in the title, because systems cut off long titles and the caller could choose a long
 * name.
 */
export function ringingText(who: CallerIdentity): TitledText {
  const open = 'Open Iroh Live to answer.';
  if (who.id === null) return { title: `${isolated(who.name)} is calling`, body: open };
  const caller = who.named ? `“${isolated(who.name)}”` : who.inSentence;
  const warning = who.resembles === null ? '' : `${lookalikeWarning(who.resembles)} `;
  const standing = who.isContact ? IS_CONTACT : NOT_A_CONTACT;
  return { title: `${standing}: ${caller} is calling`, body: `${who.id} ${warning}${open}` };
}

/**
 * Returns the warning about a caller whose claimed name looks like a contact's name. `contact` is the
 * contact's name.
 */
export function lookalikeWarning(contact: string): string {
  return `This is not your contact “${isolated(contact)}”: the name looks the same, but the ID is different.`;
}
