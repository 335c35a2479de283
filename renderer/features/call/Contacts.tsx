import BlockIcon from 'lucide-react/icons/ban';
import CheckIcon from 'lucide-react/icons/check';
import PencilIcon from 'lucide-react/icons/pencil';
import UserIcon from 'lucide-react/icons/user';
import { type JSX, useState } from 'react';
import type { Contact } from '../../../common/bridge/bridge.ts';
import { sanitizeName, shortIdText } from '../../../common/words/caller-identity.ts';
import { IconButton } from '../shared/Button.tsx';
import { useAppState } from '../shared/context.ts';
import { Icon, type IconShape } from '../shared/Icon.tsx';
import { ContactDialog } from './ContactDialog.tsx';
import { accessLabels } from './call-words.ts';
import './contacts.css';

const icons: Record<Contact['access'], IconShape> = { ask: UserIcon, auto: CheckIcon, blocked: BlockIcon };

/** The list of contacts: peers that the user has named, blocked, or lets in automatically. Renders nothing if empty. */
export function Contacts(): JSX.Element | null {
  const { contacts } = useAppState();
  const [changing, setChanging] = useState<Contact | null>(null);
  if (contacts.length === 0) return null;
  return (
    <section className="contacts" aria-labelledby="contacts-title">
      <h3 id="contacts-title" className="field-label">
        Contacts
      </h3>
      <ul data-testid="contacts">
        {contacts.map((contact) => {
          const name = sanitizeName(contact.name) || 'No name';
          return (
            <li key={contact.peer} className="contact">
              <Icon icon={icons[contact.access]} size={18} />
              <span className="contact-words">
                <span className="contact-name">{name}</span>
                <span className="contact-hint">
                  {accessLabels[contact.access]} · {shortIdText(contact.peer)}
                </span>
              </span>
              <IconButton icon={PencilIcon} label={`Edit ${name}`} onClick={() => setChanging(contact)} />
            </li>
          );
        })}
      </ul>
      {changing ? <ContactDialog contact={changing} onClose={() => setChanging(null)} /> : null}
    </section>
  );
}
