import ContactIcon from 'lucide-react/icons/user-check';
import type { JSX } from 'react';
import { type CallerIdentity, IS_CONTACT } from '../../../common/words/caller-identity.ts';
import { lookalikeWarning } from '../../../common/words/ringing-text.ts';
import { Icon } from '../shared/Icon.tsx';
import { StrangerMark } from '../shared/StrangerMark.tsx';
import './caller-standing.css';

/**
 * Shows a caller's short id, whether the caller is a contact, and a warning if the name looks like a
 * contact's. Renders nothing if the name comes from the contacts.
 * @param id the element's id, for `aria-describedby` of the dialog or button that accepts the call
 */
export function CallerStanding({ who, id }: { who: CallerIdentity; id: string }): JSX.Element | null {
  if (who.id === null) return null;
  return (
    <div id={id} className="caller-standing" data-testid="caller-standing">
      <span className="caller-standing-id">
        {who.isContact ? <ContactMark /> : <StrangerMark />} <code>{who.id}</code>
      </span>
      {who.resembles === null ? null : (
        <p className="caller-warning" role="alert" data-testid="lookalike">
          {lookalikeWarning(who.resembles)}
        </p>
      )}
    </div>
  );
}

function ContactMark(): JSX.Element {
  return (
    <span className="contact-mark" data-testid="contact">
      <Icon icon={ContactIcon} size={14} /> {IS_CONTACT}
    </span>
  );
}

/** Everything that the user sees about a caller, joined into one string for detecting changes. */
export function identityKey({ name, id, isContact, resembles }: CallerIdentity): string {
  return JSON.stringify([name, id, isContact, resembles]);
}
