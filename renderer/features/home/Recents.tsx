import PencilIcon from 'lucide-react/icons/pencil';
import TrashIcon from 'lucide-react/icons/trash-2';
import { type JSX, useId, useState } from 'react';
import { MAX_NAME_CHARS, type Recent } from '../../../common/bridge/bridge.ts';
import { sanitizeName } from '../../../common/words/display-name.ts';
import { IconButton } from '../shared/Button.tsx';
import { useApp, useAppState } from '../shared/context.ts';
import { FormDialog } from '../shared/Dialog.tsx';
import { TextField } from '../shared/Field.tsx';
import { formatAgo } from '../shared/format.ts';
import { useNow, useReadable } from '../shared/readable.ts';
import { useRecents } from './recents-context.ts';
import '../shared/history-list.css';

/** The list of recently watched tickets, newest first. Renders nothing if it is empty. */
export function Recents(): JSX.Element | null {
  const { recents } = useAppState();
  const hidden = useReadable(useRecents().hidden);
  const nowMs = useNow(30_000);
  const [renaming, setRenaming] = useState<Recent | null>(null);
  const headingId = useId();
  const shown = recents.filter((recent) => !hidden.has(recent.ticket));
  if (shown.length === 0) return null;
  return (
    <section className="recents" aria-labelledby={headingId}>
      <h2 id={headingId}>Recently watched</h2>
      <ul data-testid="recents">
        {shown.map((recent) => (
          <RecentRow key={recent.ticket} recent={recent} nowMs={nowMs} onRename={() => setRenaming(recent)} />
        ))}
      </ul>
      {renaming ? <RenameDialog recent={renaming} onClose={() => setRenaming(null)} /> : null}
    </section>
  );
}

function RecentRow({
  recent,
  nowMs,
  onRename,
}: {
  recent: Recent;
  nowMs: number;
  onRename(): void;
}): JSX.Element {
  const app = useApp();
  const model = useRecents();
  const pull = useAppState().pulls.find((entry) => entry.ticket === recent.ticket);
  const name = sanitizeName(recent.label) || 'No name';
  return (
    <li className="recent">
      <button type="button" className="recent-open" onClick={() => app.watch(recent.ticket)}>
        <span className="recent-face" aria-hidden="true" data-hue={hueOf(recent.ticket)}>
          {firstLetter(name)}
        </span>
        <span className="recent-words">
          <span className="recent-name">
            <span className="only-read">Watch </span>
            <bdi>{name}</bdi>
          </span>
          <span className="recent-when">
            {pull?.state === 'live' ? 'Live now' : formatAgo(recent.lastWatchedAtMs, nowMs)}
          </span>
        </span>
      </button>
      <IconButton icon={PencilIcon} label={`Rename ${name}`} onClick={onRename} />
      <IconButton
        icon={TrashIcon}
        label={`Remove ${name}`}
        onClick={() => model.remove(recent.ticket, name)}
      />
    </li>
  );
}

function RenameDialog({ recent, onClose }: { recent: Recent; onClose(): void }): JSX.Element {
  const recents = useRecents();
  const [label, setLabel] = useState(recent.label);
  const trimmed = label.trim();
  const save = (): void => {
    recents.rename(recent.ticket, trimmed);
    onClose();
  };
  return (
    <FormDialog title="Rename" canSave={trimmed !== ''} onSave={save} onClose={onClose}>
      <TextField
        label="Name"
        hint="Only you see this name."
        value={label}
        maxLength={MAX_NAME_CHARS}
        onChange={(event) => setLabel(event.target.value)}
        onFocus={(event) => event.target.select()}
        data-first
      />
    </FormDialog>
  );
}

function firstLetter(name: string): string {
  return ([...name][0] ?? '?').toUpperCase();
}

/** Maps a ticket to one of six colors. */
function hueOf(ticket: string): number {
  let sum = 0;
  for (const char of ticket) sum = (sum * 31 + (char.codePointAt(0) ?? 0)) % 9973;
  return sum % 6;
}
