import IncomingIcon from 'lucide-react/icons/arrow-down-left';
import OutgoingIcon from 'lucide-react/icons/arrow-up-right';
import PencilIcon from 'lucide-react/icons/pencil';
import TrashIcon from 'lucide-react/icons/trash-2';
import { type JSX, useId, useState } from 'react';
import type { CallRecord, Contact } from '../../../common/bridge/bridge.ts';
import { IS_CONTACT, NOT_A_CONTACT, recordedIdentity } from '../../../common/words/caller-identity.ts';
import { Button, IconButton } from '../shared/Button.tsx';
import { useAppState } from '../shared/context.ts';
import { formatAgo, formatElapsed } from '../shared/format.ts';
import { Icon } from '../shared/Icon.tsx';
import { useNow } from '../shared/readable.ts';
import { ContactDialog } from './ContactDialog.tsx';
import { useCallModel } from './call-context.ts';
import { outcomeText } from './call-words.ts';
import '../shared/history-list.css';

/** Number of calls that the list shows before the user expands it. */
const FIRST = 4;

/** The contact to edit, and the name to suggest if the contact has none. */
interface Naming {
  contact: Contact;
  suggestedName: string;
}

/** The call history, newest first. Renders nothing if it is empty. */
export function CallHistory(): JSX.Element | null {
  const { callHistory } = useAppState();
  const nowMs = useNow(30_000);
  const [all, setAll] = useState(false);
  const [naming, setNaming] = useState<Naming | null>(null);
  const headingId = useId();
  if (callHistory.length === 0) return null;
  const shown = all ? callHistory : callHistory.slice(0, FIRST);
  return (
    <section className="recents" aria-labelledby={headingId}>
      <h2 id={headingId}>Calls</h2>
      <ul data-testid="history">
        {shown.map((record) => (
          <CallRow key={record.id} record={record} nowMs={nowMs} onName={setNaming} />
        ))}
      </ul>
      {all || callHistory.length <= FIRST ? null : (
        <div>
          <Button size="small" onClick={() => setAll(true)}>
            Show all {callHistory.length} calls
          </Button>
        </div>
      )}
      {naming ? <ContactDialog {...naming} onClose={() => setNaming(null)} /> : null}
    </section>
  );
}

function CallRow({
  record,
  nowMs,
  onName,
}: {
  record: CallRecord;
  nowMs: number;
  onName(naming: Naming): void;
}): JSX.Element {
  const calls = useCallModel();
  const { contacts, callHistory } = useAppState();
  const who = recordedIdentity(record, contacts, callHistory);
  const ticket = calls.redialTicket(record);
  const length = record.durationMs > 0 ? ` · ${formatElapsed(record.durationMs)}` : '';
  const contact = contacts.find(({ peer }) => peer === record.peer) ?? {
    peer: record.peer,
    name: '',
    access: 'ask' as const,
  };
  return (
    <li className="recent" data-outcome={record.outcome}>
      <button
        type="button"
        className="recent-open"
        disabled={ticket === null}
        data-testid="history-call"
        onClick={() => ticket !== null && calls.dial(ticket)}
      >
        <span className="recent-face recent-face-call" data-outcome={record.outcome} aria-hidden="true">
          <Icon icon={record.direction === 'in' ? IncomingIcon : OutgoingIcon} size={20} />
        </span>
        <span className="recent-words">
          <span className="recent-name recent-caller">
            <span className="only-read">Call </span>
            <bdi className="recent-who">{who.name}</bdi>
            {who.id ? <span className="recent-id"> {who.id}</span> : null}
            {contact.access === 'blocked' ? <span className="recent-mark"> Blocked</span> : null}
          </span>
          <span className="recent-when">
            {outcomeText(record)}
            {length} · {formatAgo(record.startedAtMs, nowMs)}
            {who.id ? ` · ${who.isContact ? IS_CONTACT : NOT_A_CONTACT}` : ''}
          </span>
        </span>
      </button>
      <IconButton
        icon={PencilIcon}
        label={`Name ${who.inSentence}`}
        onClick={() => onName({ contact, suggestedName: who.named ? who.name : '' })}
      />
      <IconButton
        icon={TrashIcon}
        label={`Remove the call with ${who.inSentence}`}
        onClick={() => calls.removeRecord(record)}
      />
    </li>
  );
}
