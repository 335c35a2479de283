import { type JSX, useId, useState } from 'react';
import type { ConnectionState, Contact } from '../../../common/bridge/bridge.ts';
import {
  IS_CONTACT,
  isInContacts,
  NOT_A_CONTACT,
  shortIdText,
} from '../../../common/words/caller-identity.ts';
import { sanitizeName } from '../../../common/words/display-name.ts';
import { ConnectionBadge } from '../connection/ConnectionBadge.tsx';
import { ConnectionPanel } from '../connection/ConnectionPanel.tsx';
import { connectionKey } from '../connection/connection-history.ts';
import { useAppState } from '../shared/context.ts';
import { Dialog } from '../shared/Dialog.tsx';
import './viewers.css';

/**
 * A card with the broadcast's viewers and the quality of their connections. Renders nothing without viewers.
 */
export function Viewers({ name }: { name: string }): JSX.Element | null {
  const { connections, contacts } = useAppState();
  const [open, setOpen] = useState<string | null>(null);
  const headingId = useId();
  const viewers = connections.filter(({ use, subject }) => use === 'viewer' && subject === name);
  if (viewers.length === 0) return null;
  const shown = viewers.find((viewer) => connectionKey(viewer) === open) ?? null;
  const contactOf = ({ peer }: ConnectionState): Contact | undefined =>
    contacts.find((contact) => contact.peer === peer);
  const contactNameOf = (viewer: ConnectionState): string => sanitizeName(contactOf(viewer)?.name ?? '');
  const nameOf = (viewer: ConnectionState): string => contactNameOf(viewer) || shortIdText(viewer.peer);
  return (
    <section className="card viewers" aria-labelledby={headingId}>
      <h2 id={headingId}>Watching now</h2>
      <ul>
        {viewers.map((viewer) => (
          <li key={connectionKey(viewer)} className="viewer">
            <span className="viewer-words">
              <bdi className="viewer-name">{nameOf(viewer)}</bdi>
              {contactNameOf(viewer) ? null : (
                <span className="viewer-note">
                  {isInContacts(contactOf(viewer)) ? IS_CONTACT : NOT_A_CONTACT}
                </span>
              )}
            </span>
            <ConnectionBadge
              connection={viewer}
              open={connectionKey(viewer) === open}
              onToggle={() => setOpen(connectionKey(viewer))}
            />
          </li>
        ))}
      </ul>
      {shown ? (
        <Dialog title={`Connection to ${nameOf(shown)}`} onClose={() => setOpen(null)}>
          <ConnectionPanel connection={shown} />
        </Dialog>
      ) : null}
    </section>
  );
}
