import { type JSX, useId, useState } from 'react';
import type { ConnectionState } from '../../../common/bridge/bridge.ts';
import { sanitizeName, shortIdText } from '../../../common/words/caller-identity.ts';
import { ConnectionBadge } from '../connection/ConnectionBadge.tsx';
import { ConnectionPanel } from '../connection/ConnectionPanel.tsx';
import { connectionKey } from '../connection/connection-history.ts';
import { useAppState } from '../shared/context.ts';
import { Dialog } from '../shared/Dialog.tsx';
import './viewers.css';

/** Who watches a broadcast, each with how their connection is doing. */
export function Viewers({ name }: { name: string }): JSX.Element | null {
  const { connections: links, contacts } = useAppState();
  const [open, setOpen] = useState<string | null>(null);
  const headingId = useId();
  const viewers = links.filter(({ use, subject }) => use === 'viewer' && subject === name);
  if (viewers.length === 0) return null;
  const shown = viewers.find((link) => connectionKey(link) === open) ?? null;
  const nameOf = ({ peer }: ConnectionState): string =>
    sanitizeName(contacts.find((contact) => contact.peer === peer)?.name ?? '') || shortIdText(peer);
  return (
    <section className="card viewers" aria-labelledby={headingId}>
      <h2 id={headingId}>Watching now</h2>
      <ul>
        {viewers.map((link) => (
          <li key={connectionKey(link)} className="viewer">
            <span className="viewer-name">{nameOf(link)}</span>
            <ConnectionBadge
              connection={link}
              open={connectionKey(link) === open}
              onToggle={() => setOpen(connectionKey(link))}
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
