import ClockIcon from 'lucide-react/icons/clock';
import type { JSX } from 'react';
import { useApp, useAppState } from '../shared/context.ts';
import { Icon } from '../shared/Icon.tsx';
import { ShareCard } from './ShareCard.tsx';

interface TicketCardProps {
  /** The ticket; null while it is being created. */
  ticket: string | null;
  title?: string;
  /** An instruction, shown above the ticket. */
  lead?: string;
  /** A note about who can use the ticket. */
  hint?: string;
  /** The title, shown above the large QR code. */
  scan?: string;
  testId?: string;
  variant?: 'primary' | 'plain';
}

/** Shows a broadcast or call ticket, with a copy button and a QR code. */
export function TicketCard({
  ticket,
  title = 'Invite a friend',
  lead = 'Send this ticket to a friend, who can paste it under “Watch”.',
  hint = 'Anyone with this ticket can watch and can learn your network address.',
  scan = 'Scan to watch',
  testId = 'ticket',
  variant = 'primary',
}: TicketCardProps): JSX.Element {
  const app = useApp();
  const { irohRelay } = useAppState();
  return (
    <ShareCard
      text={ticket}
      noun="ticket"
      title={title}
      lead={lead}
      hint={hint}
      scan={scan}
      testId={testId}
      copyId="copy-ticket"
      qrId="qr"
      variant={variant}
      onProblem={(message) => app.toasts.show(message, { tone: 'bad' })}
    >
      {irohRelay === 'connecting' ? (
        <p className="ticketcard-hint">
          <Icon icon={ClockIcon} size={16} />
          <span>
            The app is still connecting to a relay. Until then, friends outside your network may not be able
            to reach you. The ticket will change, but tickets that you have already sent will keep working.
          </span>
        </p>
      ) : null}
    </ShareCard>
  );
}
