import { type CallerIdentity, NOT_A_CONTACT } from './caller-identity.ts';
import { isolated } from './display-name.ts';
import type { TitledText } from './pull-failure-text.ts';

/**
 * The text of the system notification about an incoming call. For a caller who is not a contact, the title starts
 * with that fact, because systems shorten titles at the end and the caller can choose the rest.
 */
export function ringingText(who: CallerIdentity): TitledText {
  const open = 'Open Iroh Live to answer.';
  if (who.id === null) return { title: `${isolated(who.name)} is calling`, body: open };
  const caller = who.named ? `“${isolated(who.name)}”` : who.inSentence;
  const warning = who.resembles === null ? '' : `${lookalikeWarning(who.resembles)} `;
  return { title: `${NOT_A_CONTACT}: ${caller} is calling`, body: `${who.id} ${warning}${open}` };
}

/** Warns about a caller who claims a name that looks like a contact's. `contact` is the contact's name. */
export function lookalikeWarning(contact: string): string {
  return `This is not your contact “${isolated(contact)}”: the name looks the same, but the ID is different.`;
}
