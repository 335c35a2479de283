import BlockIcon from 'lucide-react/icons/ban';
import CheckIcon from 'lucide-react/icons/check';
import PencilIcon from 'lucide-react/icons/pencil';
import UserIcon from 'lucide-react/icons/user';
import { type JSX, useState } from 'react';
import type { Contact } from '../../../common/bridge/bridge.ts';
import { earlierNameOf, shortIdText } from '../../../common/words/caller-identity.ts';
import { sanitizeName } from '../../../common/words/display-name.ts';
import { Button, IconButton } from '../shared/Button.tsx';
import { useAppState } from '../shared/context.ts';
import { Icon, type IconShape } from '../shared/Icon.tsx';
import { SettingsGroup } from '../shared/SettingsGroup.tsx';
import { ContactDialog } from './ContactDialog.tsx';
import { useCallModel } from './call-context.ts';
import { accessLabels } from './call-words.ts';
import './contacts.css';

const icons: Record<Contact['access'], IconShape> = { ask: UserIcon, auto: CheckIcon, blocked: BlockIcon };

/**
 * The contact list: peers that the user has named or whose calls are answered automatically. Renders nothing
 * if it is empty.
 */
export function Contacts(): JSX.Element | null {
  const { contacts } = useAppState();
  const [changing, setChanging] = useState<Contact | null>(null);
  const listed = contacts.filter(({ access }) => access !== 'blocked');
  if (listed.length === 0) return null;
  return (
    <SettingsGroup title="Contacts">
      <ul className="contacts" data-testid="contacts">
        {listed.map((contact) => {
          const name = sanitizeName(contact.name) || 'No name';
          return (
            <li key={contact.peer} className="contact">
              <Icon icon={icons[contact.access]} size={18} />
              <span className="contact-words">
                <span className="contact-name">{name}</span>
                <span className="contact-hint">
                  {accessLabels[contact.access]} ·{' '}
                  <span className="contact-id">{shortIdText(contact.peer)}</span>
                </span>
              </span>
              <IconButton icon={PencilIcon} label={`Edit ${name}`} onClick={() => setChanging(contact)} />
            </li>
          );
        })}
      </ul>
      {changing ? <ContactDialog contact={changing} onClose={() => setChanging(null)} /> : null}
    </SettingsGroup>
  );
}

/** The list of blocked peers, each with an Unblock button. Renders nothing if it is empty. */
export function BlockedPeers(): JSX.Element | null {
  const calls = useCallModel();
  const { contacts, callHistory } = useAppState();
  const blocked = contacts.filter(({ access }) => access === 'blocked');
  if (blocked.length === 0) return null;
  return (
    <SettingsGroup title="Blocked people">
      <ul className="contacts" data-testid="blocked">
        {blocked.map((contact) => {
          const claimed = earlierNameOf(contact.peer, callHistory) ?? '';
          const name = sanitizeName(contact.name) || sanitizeName(claimed) || 'Unknown caller';
          return (
            <li key={contact.peer} className="contact">
              <Icon icon={icons.blocked} size={18} />
              <span className="contact-words">
                <span className="contact-name">{name}</span>
                <span className="contact-hint">{shortIdText(contact.peer)}</span>
              </span>
              <Button
                size="small"
                aria-label={`Unblock ${name}, ${shortIdText(contact.peer)}`}
                onClick={() => calls.setContact({ ...contact, access: 'ask' })}
              >
                Unblock
              </Button>
            </li>
          );
        })}
      </ul>
    </SettingsGroup>
  );
}
